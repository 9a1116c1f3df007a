// Thousands of attempts that nobody answers: what each holds, when it ends, who suffers.
#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "bench/await.h"
#include "bench/hosts.h"
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/pace.h"
#include "bench/receiver.h"
#include "bench/resident_memory.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

/// An endpoint that answers nothing keeps its small first share of the wire; so it takes many.
constexpr std::size_t kHangingHosts = 1000;
constexpr auto kHangingTimeout = std::chrono::seconds(8);
constexpr auto kHangingPatience = 2 * kHangingTimeout;
constexpr double kHealthyPerSecond = 500;
constexpr std::uint32_t kHealthyShare = 256;

/// How far from its timeout each attempt ended, by the times on record.
class Punctuality {
public:
    void note(const RecordedEvent& event) {
        const std::lock_guard lock(mutex_);
        if (std::holds_alternative<AttemptStarted>(event.event)) {
            started_[event.stream] = event.recorded_at;
        } else if (std::holds_alternative<AttemptFailed>(event.event)) {
            const Duration took = event.recorded_at - started_[event.stream];
            worst_ = std::max(worst_, std::chrono::abs(took - Duration(kHangingTimeout)));
        } else if (std::holds_alternative<AttemptSucceeded>(event.event)) {
            started_.erase(event.stream);
        }
    }
    Duration worst() const {
        const std::lock_guard lock(mutex_);
        return worst_;
    }

private:
    mutable std::mutex mutex_;
    std::unordered_map<StreamId, Timestamp> started_;
    Duration worst_{};
};

/// The healthy endpoint's p99.
std::chrono::nanoseconds healthyTail(LibraryPath& path, Receiver& receiver,
                                     std::chrono::nanoseconds duration) {
    const std::string url = receiver.url(LaneName::kAnswer);
    Lane& lane = receiver.lane(LaneName::kAnswer);
    lane.latency.reset();
    const std::uint64_t before = lane.requests;
    std::uint64_t sent = 0;
    atPace(kHealthyPerSecond, duration, [&] {
        path.submit(url);
        ++sent;
    });
    await("healthy deliveries are missing", kHangingPatience,
          [&] { return lane.requests >= before + sent; });
    return lane.latency.percentile(0.99);
}

}  // namespace

std::vector<Row> measureHanging(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    Punctuality punctuality;
    LibraryOptions options;
    options.directory = directory.file("log");
    options.payload_bytes = setup.payload_bytes;
    options.max_in_flight = static_cast<std::uint32_t>(setup.hanging) + kHealthyShare;
    options.max_in_flight_per_endpoint = kHealthyShare;
    options.attempt_timeout = kHangingTimeout;
    options.on_event = [&](const RecordedEvent& event) { punctuality.note(event); };
    LibraryPath path(options);

    // What is kept once and for all (caches, pools) is there before memory is looked at.
    const auto answering = hostUrls("http", receiver.port(LaneName::kAnswer), kHangingHosts);
    for (std::uint64_t i = 0; i < setup.hanging; ++i)
        path.submit(answering[i % kHangingHosts]);
    path.awaitAll();
    healthyTail(path, receiver, setup.each / 2);
    const auto alone = healthyTail(path, receiver, kHangingTimeout / 2);

    const auto hanging = hostUrls("http", receiver.port(LaneName::kHang), kHangingHosts);
    const std::uint64_t before = residentMemory();
    for (std::uint64_t i = 0; i < setup.hanging; ++i)
        path.submit(hanging[i % kHangingHosts], 0);
    const auto& arrived = receiver.lane(LaneName::kHang).requests;
    await("not all attempts hang at once", kHangingPatience,
          [&] { return arrived >= setup.hanging; });
    const double each =
        static_cast<double>(residentMemory() - before) / static_cast<double>(setup.hanging);
    const auto beside = healthyTail(path, receiver, kHangingTimeout / 2);
    await("attempts do not end", kHangingPatience,
          [&] { return path.failedAttempts() >= setup.hanging; });

    const std::string count = std::to_string(setup.hanging) + " at once";
    return {{"hanging",
             "memory an attempt, " + count,
             bytes(each),
             "",
             {},
             Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, 12 * 1024}},
            {"",
             "furthest from its timeout",
             milliseconds(punctuality.worst()),
             "",
             {},
             Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, 500}},
            {"", "healthy endpoint, p99", milliseconds(beside), "alone", milliseconds(alone),
             Goal{Goal::Of::kRatio, Goal::Bound::kAtMost, 2}}};
}

}  // namespace waybill::bench
