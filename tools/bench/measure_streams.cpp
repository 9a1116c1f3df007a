// A stream through the gateway: how much later its first byte is, and what a thousand of them hold.
#include <Poco/Exception.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <vector>

#include "bench/cpu_time.h"
#include "bench/daemon.h"
#include "bench/histogram.h"
#include "bench/measure.h"
#include "bench/pace.h"
#include "bench/resident_memory.h"
#include "bench/stream_client.h"
#include "bench/stream_upstream.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

constexpr double kStreamsPerSecond = 200;
constexpr std::size_t kStreams = 1000;
constexpr double kMostBytes = 100e6;
constexpr Goal kGoalLater{Goal::Of::kFigure, Goal::Bound::kAtMost, 5};
constexpr Goal kGoalMemory{Goal::Of::kFigure, Goal::Bound::kAtMost, kMostBytes};

/// From the request to the first byte of the stream.
std::unique_ptr<Histogram> firstByte(std::uint16_t port, std::chrono::nanoseconds duration) {
    StreamClient client(port);
    auto times = std::make_unique<Histogram>();
    const auto once = [&] {
        const auto begin = monotonicNow();
        client.ask();
        client.awaitFirstEvent();
        times->add(monotonicNow() - begin);
        client.awaitEnd();
    };
    atPace(kStreamsPerSecond, duration / 4, once);
    times->reset();
    atPace(kStreamsPerSecond, duration * 2, once);
    return times;
}

std::vector<Row> measureFirstByte(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    const StreamUpstream upstream(StreamUpstream::Kind::kShort);
    const auto straight = firstByte(upstream.port(), setup.each);
    Daemon daemon(setup.waybilld, directory.file("data"), {"--upstream", upstream.url()});
    const auto through = firstByte(daemon.port(), setup.each);
    daemon.end(SIGTERM);
    std::vector<Row> rows;
    for (const auto& [name, quantile] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}}) {
        const auto ours = through->percentile(quantile);
        const auto theirs = straight->percentile(quantile);
        rows.push_back({"", std::string("first streamed byte, ") + name + ", later by",
                        milliseconds(ours - theirs), "straight from the upstream",
                        milliseconds(theirs), kGoalLater});
    }
    return rows;
}

std::string inSeconds(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

/// The most that the daemon held while all streams were open, and once all had ended at one moment:
/// their objects have then gone through the log's page cache.
std::vector<Row> measureMemory(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    auto upstream = std::make_unique<StreamUpstream>(StreamUpstream::Kind::kLong);
    Daemon daemon(setup.waybilld, directory.file("data"), {"--upstream", upstream->url()});
    std::vector<std::unique_ptr<StreamClient>> clients;
    for (std::size_t i = 0; i < kStreams; ++i)
        clients.push_back(std::make_unique<StreamClient>(daemon.port()));
    for (const auto& client : clients)
        client->ask();
    for (const auto& client : clients)
        client->awaitFirstEvent();
    std::uint64_t open = 0;
    atPace(20, setup.stream_time,
           [&] { open = std::max(open, residentMemoryOf(daemon.process())); });
    upstream.reset();
    for (const auto& client : clients)
        client->awaitEnd();
    const std::uint64_t ended = residentMemoryOf(daemon.process());
    daemon.end(SIGTERM);
    const std::string streams =
        std::to_string(kStreams) + " streams of " + inSeconds(setup.stream_time) + ", resident";
    return {{"", streams, bytes(double(open)), "", std::nullopt, kGoalMemory},
            {"", "once all have ended at one moment", bytes(double(ended)), "", std::nullopt, {}}};
}

}  // namespace

std::vector<Row> measureStreams(const Setup& setup) {
    std::vector<Row> rows = measureFirstByte(setup);
    for (Row& row : measureMemory(setup))
        rows.push_back(std::move(row));
    rows.front().measure = "streams";
    return rows;
}

}  // namespace waybill::bench
