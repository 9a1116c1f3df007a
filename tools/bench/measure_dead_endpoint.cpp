// Nine of ten deliveries go where nobody is: does the tenth notice?
#include <Poco/Exception.h>

#include <thread>

#include "bench/cpu_time.h"
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/pace.h"
#include "bench/receiver.h"
#include "bench/refusing_port.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

constexpr double kDeadEndpointPerSecond = 2000;
constexpr std::uint64_t kHealthyOneIn = 10;
constexpr auto kDeadEndpointTimeout = std::chrono::seconds(1);
constexpr auto kDeadEndpointPatience = std::chrono::seconds(10);

class Traffic {
public:
    Traffic(const Setup& setup, Receiver& receiver, const std::string& directory)
        : setup_(setup), receiver_(receiver), path_(optionsFor(setup, directory)) {}

    /// The healthy endpoint's p99 while the other nine of ten go to `dead`; empty: nowhere.
    std::chrono::nanoseconds healthyTail(const std::string& dead) {
        run(dead, setup_.each / 2);
        receiver_.lane(LaneName::kAnswer).latency.reset();
        run(dead, setup_.each * 2);
        awaitArrivals();
        return receiver_.lane(LaneName::kAnswer).latency.percentile(0.99);
    }

private:
    static LibraryOptions optionsFor(const Setup& setup, const std::string& directory) {
        LibraryOptions options;
        options.directory = directory;
        options.payload_bytes = setup.payload_bytes;
        options.max_in_flight_per_endpoint = EngineOptions{}.max_in_flight_per_endpoint;
        options.attempt_timeout = kDeadEndpointTimeout;
        return options;
    }

    void run(const std::string& dead, std::chrono::nanoseconds duration) {
        const std::string healthy = receiver_.url(LaneName::kAnswer);
        std::uint64_t turn = 0;
        atPace(kDeadEndpointPerSecond, duration, [&] {
            if (turn++ % kHealthyOneIn == 0) {
                path_.submit(healthy);
                ++sent_;
            } else if (!dead.empty()) {
                path_.submit(dead);
            }
        });
    }

    void awaitArrivals() {
        const auto deadline = monotonicNow() + kDeadEndpointPatience;
        while (receiver_.lane(LaneName::kAnswer).requests < sent_) {
            if (monotonicNow() > deadline) {
                throw Poco::TimeoutException("healthy deliveries are missing");
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    const Setup& setup_;
    Receiver& receiver_;
    LibraryPath path_;
    std::uint64_t sent_ = 0;
};

/// `dead`: where the nine go, given the receiver.
template <typename F>
std::chrono::nanoseconds tailBeside(const Setup& setup, F&& dead) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    Traffic traffic(setup, receiver, directory.file("log"));
    return traffic.healthyTail(dead(receiver));
}

}  // namespace

std::vector<Row> measureDeadEndpoint(const Setup& setup) {
    const RefusingPort refusing;
    const std::string refuses = "http://127.0.0.1:" + std::to_string(refusing.port()) + "/hook";
    const auto alone = tailBeside(setup, [](Receiver&) { return std::string(); });
    const auto beside_hanging =
        tailBeside(setup, [](Receiver& receiver) { return receiver.url(LaneName::kHang); });
    const auto beside_refusing = tailBeside(setup, [&](Receiver&) { return refuses; });
    const Goal goal{Goal::Of::kRatio, Goal::Bound::kAtMost, 2};
    return {{"dead", "healthy p99, 90 % hangs", milliseconds(beside_hanging), "alone",
             milliseconds(alone), goal},
            {"", "healthy p99, 90 % is refused", milliseconds(beside_refusing), "alone",
             milliseconds(alone), goal}};
}

}  // namespace waybill::bench
