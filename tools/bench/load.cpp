#include "bench/load.h"

#include "bench/cpu_time.h"

namespace waybill::bench {

namespace {

constexpr int kSlices = 4;
constexpr int kRunUpShare = 5;

}  // namespace

double Load::perSecond() const {
    return static_cast<double>(count) / std::chrono::duration<double>(wall).count();
}

double Load::cpuMicrosecondsEach() const {
    return std::chrono::duration<double, std::micro>(cpu).count() / static_cast<double>(count);
}

Load& Load::operator+=(const Load& other) {
    count += other.count;
    wall += other.wall;
    cpu += other.cpu;
    return *this;
}

MeasuredSpan::MeasuredSpan(std::chrono::nanoseconds duration)
    : begin_(monotonicNow() + duration / kRunUpShare), end_(begin_ + duration) {}

bool MeasuredSpan::goesOn(std::uint64_t count) {
    const auto now = monotonicNow();
    if (now < begin_) return true;
    if (!begun_) {
        begun_ = true;
        begin_ = now;
        cpu_at_begin_ = cpuTime();
        count_at_begin_ = count;
        return true;
    }
    if (now < end_) return true;
    load_ = {count - count_at_begin_, now - begin_, cpuTime() - cpu_at_begin_};
    return false;
}

std::vector<Load> runInTurns(const std::vector<Contender*>& contenders,
                             std::chrono::nanoseconds each) {
    std::vector<Load> loads(contenders.size());
    for (int slice = 0; slice < kSlices; ++slice) {
        for (std::size_t i = 0; i < contenders.size(); ++i)
            loads[i] += contenders[i]->run(each / kSlices);
    }
    return loads;
}

}  // namespace waybill::bench
