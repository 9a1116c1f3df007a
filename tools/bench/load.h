// What contenders are compared by.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace waybill::bench {

/// So many things were done in so much time, with so much CPU.
struct Load {
    std::uint64_t count = 0;
    std::chrono::nanoseconds wall{};
    std::chrono::nanoseconds cpu{};

    double perSecond() const;
    double cpuMicrosecondsEach() const;
    Load& operator+=(const Load& other);
};

/// Cuts what is measured out of a loop that is running: the first fifth of `duration` more is its
/// run-up. CPU is that of this process.
class MeasuredSpan {
public:
    explicit MeasuredSpan(std::chrono::nanoseconds duration);

    /// To be asked once round the loop, with how many things are done; false: the time is over.
    bool goesOn(std::uint64_t count);

    /// Ends.
    const Load& load() const { return load_; }

private:
    std::chrono::nanoseconds begin_;
    std::chrono::nanoseconds end_;
    std::chrono::nanoseconds cpu_at_begin_{};
    std::uint64_t count_at_begin_ = 0;
    bool begun_ = false;
    Load load_;
};

/// Something that does one kind of work as fast as it can.
class Contender {
public:
    virtual ~Contender() = default;
    virtual Load run(std::chrono::nanoseconds duration) = 0;
};

/// Runs each for `each` in all, in slices that take turns, so that what else the machine does meets
/// all of them alike.
std::vector<Load> runInTurns(const std::vector<Contender*>& contenders,
                             std::chrono::nanoseconds each);

}  // namespace waybill::bench
