// How long a start takes that finds a large log with much still to do.
#include <csignal>

#include "bench/bare_client.h"
#include "bench/cpu_time.h"
#include "bench/daemon.h"
#include "bench/measure.h"
#include "bench/receiver.h"
#include "bench/sample_delivery.h"
#include "bench/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

constexpr std::size_t kStartClients = 16;

void fillLogIn(const std::string& directory, const Setup& setup) {
    sqlite::LogOptions options;
    options.directory = directory;
    const auto log = sqlite::openLog(options);
    fillLog(*log, setup.start_events, setup.start_pending, setup.payload_bytes);
}

/// Leaves something in the write-ahead log and something on the wire.
void keepBusy(Daemon& daemon, Receiver& receiver, const Setup& setup) {
    BareClient clients(daemon.port(), kStartClients);
    const auto end = monotonicNow() + setup.each / 2;
    while (monotonicNow() < end) {
        while (clients.idle()) {
            clients.send(
                daemon.deliveryRequest(receiver.url(LaneName::kAnswer), setup.payload_bytes));
        }
        clients.receive(std::chrono::milliseconds(100));
    }
}

}  // namespace

std::vector<Row> measureStart(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const std::string data = directory.file("data");
    fillLogIn(data, setup);
    const auto readyAfter = [&](int signal) {
        Daemon before(setup.waybilld, data);
        keepBusy(before, receiver, setup);
        before.end(signal);
        return seconds(Daemon(setup.waybilld, data).readyAfter());
    };
    const std::string what = std::to_string(setup.start_pending) + " pending of " +
                             std::to_string(setup.start_events) + " events, ";
    const Goal goal{Goal::Of::kFigure, Goal::Bound::kAtMost, 0.5};
    return {{"start", what + "after SIGTERM", readyAfter(SIGTERM), "", {}, goal},
            {"", what + "after kill -9", readyAfter(SIGKILL), "", {}, goal}};
}

}  // namespace waybill::bench
