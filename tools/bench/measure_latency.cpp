// From the submission to the receiver, at a rate that leaves the machine idle most of the time.
#include <csignal>
#include <memory>

#include "bench/bare_client.h"
#include "bench/cpu_time.h"
#include "bench/daemon.h"
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/pace.h"
#include "bench/raw_log.h"
#include "bench/receiver.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

constexpr std::size_t kLatencyClients = 16;
constexpr Goal kGoalMedian{Goal::Of::kRatio, Goal::Bound::kAtMost, 3};
constexpr Goal kGoalTail{Goal::Of::kRatio, Goal::Bound::kAtMost, 10};
constexpr const char* kLatencyBeside = "one durable commit, p50";

/// Commits one delivery at a time, with nothing but inserts.
void commitAtPace(const Setup& setup, double per_second, Histogram& times) {
    const TemporaryDirectory directory(setup.directory);
    RawLog log(directory.path(), setup.payload_bytes);
    atPace(per_second, setup.each, [&] {
        const auto begin = monotonicNow();
        log.begin();
        log.open();
        log.commit();
        times.add(monotonicNow() - begin);
    });
}

std::string at(double per_second, const std::string& what) {
    return " at " + std::to_string(static_cast<int>(per_second)) + "/s, " + what;
}

std::vector<Row> rowsFor(const std::string& what, double per_second, const Histogram& latency,
                         std::chrono::nanoseconds commit) {
    return {{"", "p50" + at(per_second, what), milliseconds(latency.percentile(0.5)),
             kLatencyBeside, milliseconds(commit), kGoalMedian},
            {"", "p99" + at(per_second, what), milliseconds(latency.percentile(0.99)),
             kLatencyBeside, milliseconds(commit), kGoalTail}};
}

/// What of a tail is the machine's own.
Row bareTail(double per_second, const Histogram& commits) {
    return {"",
            "p99" + at(per_second, "nothing but that commit"),
            milliseconds(commits.percentile(0.99)),
            kLatencyBeside,
            milliseconds(commits.percentile(0.5)),
            {}};
}

std::vector<Row> measureInLibrary(const Setup& setup, double per_second,
                                  std::chrono::nanoseconds commit) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const std::string url = receiver.url(LaneName::kAnswer);
    LibraryOptions options;
    options.directory = directory.file("log");
    options.payload_bytes = setup.payload_bytes;
    LibraryPath path(options);
    atPace(per_second, setup.each / 4, [&] { path.submit(url); });
    receiver.lane(LaneName::kAnswer).latency.reset();
    atPace(per_second, setup.each * 2, [&] { path.submit(url); });
    path.awaitAll();
    return rowsFor("library", per_second, receiver.lane(LaneName::kAnswer).latency, commit);
}

std::vector<Row> measureThroughDaemon(const Setup& setup, double per_second,
                                      std::chrono::nanoseconds commit) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const std::string url = receiver.url(LaneName::kAnswer);
    Daemon daemon(setup.waybilld, directory.file("data"));
    BareClient clients(daemon.port(), kLatencyClients);
    const auto submit = [&] {
        while (clients.receive(std::chrono::milliseconds(clients.idle() ? 0 : 100)) > 0) {
        }
        if (clients.idle()) clients.send(daemon.deliveryRequest(url, setup.payload_bytes));
    };
    atPace(per_second, setup.each / 4, submit);
    receiver.lane(LaneName::kAnswer).latency.reset();
    atPace(per_second, setup.each * 2, submit);
    while (clients.busy())
        clients.receive(std::chrono::milliseconds(100));
    daemon.end(SIGTERM);  // lets what is on the wire finish
    return rowsFor("HTTP", per_second, receiver.lane(LaneName::kAnswer).latency, commit);
}

}  // namespace

std::vector<Row> measureLatency(const Setup& setup) {
    std::vector<Row> rows;
    for (const double per_second : {500.0, 2000.0}) {
        Histogram commits;
        commitAtPace(setup, per_second, commits);
        const auto commit = commits.percentile(0.5);
        for (const auto& measure : {measureInLibrary, measureThroughDaemon}) {
            const std::vector<Row> more = measure(setup, per_second, commit);
            rows.insert(rows.end(), more.begin(), more.end());
        }
        rows.push_back(bareTail(per_second, commits));
    }
    rows.front().measure = "latency";
    return rows;
}

}  // namespace waybill::bench
