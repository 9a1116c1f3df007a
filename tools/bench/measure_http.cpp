// The whole path through the daemon: POST /v1/deliveries in, a callback out.
#include <Poco/Exception.h>

#include <csignal>
#include <thread>

#include "bench/bare_client.h"
#include "bench/cpu_time.h"
#include "bench/daemon.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "bench/receiver.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

constexpr std::size_t kHttpClients = 64;
constexpr std::chrono::milliseconds kTurn(100);
constexpr auto kHttpPatience = std::chrono::seconds(30);

/// Deliveries that arrived, and the daemon's CPU.
Load loadDaemon(Daemon& daemon, Receiver& receiver, const Setup& setup) {
    const std::string url = receiver.url(LaneName::kAnswer);
    const auto& arrived = receiver.lane(LaneName::kAnswer).requests;
    BareClient clients(daemon.port(), kHttpClients);
    std::uint64_t accepted = 0;
    Load load;
    const auto runFor = [&](std::chrono::nanoseconds duration) {
        const auto end = monotonicNow() + duration;
        while (monotonicNow() < end) {
            while (clients.idle())
                clients.send(daemon.deliveryRequest(url, setup.payload_bytes));
            accepted += clients.receive(kTurn);
        }
    };
    runFor(setup.each / 2);
    const auto begin = monotonicNow();
    const auto cpu = cpuTimeOf(daemon.process());
    const std::uint64_t before = arrived;
    runFor(setup.each);
    load = {arrived - before, monotonicNow() - begin, cpuTimeOf(daemon.process()) - cpu};

    while (clients.busy())
        accepted += clients.receive(kTurn);
    const auto deadline = monotonicNow() + kHttpPatience;
    while (arrived < accepted) {
        if (monotonicNow() > deadline) throw Poco::TimeoutException("deliveries are missing");
        std::this_thread::yield();
    }
    return load;
}

}  // namespace

std::vector<Row> measureHttp(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    Daemon daemon(setup.waybilld, directory.file("data"));
    const Load load = loadDaemon(daemon, receiver, setup);
    daemon.end(SIGTERM);
    BareContender bare(receiver.port(LaneName::kAnswer), kHttpClients, setup.payload_bytes);
    const Load limit = runInTurns({&bare}, setup.each).front();
    return {{"http", "CPU a delivery, 64 clients", microseconds(load.cpuMicrosecondsEach()),
             "bare client, one hop", microseconds(limit.cpuMicrosecondsEach()),
             Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, 70}},
            {"",
             "deliveries",
             perSecond(load.perSecond()),
             "bare client, one hop",
             perSecond(limit.perSecond()),
             {}}};
}

}  // namespace waybill::bench
