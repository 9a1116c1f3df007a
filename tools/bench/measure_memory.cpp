// How much memory is taken by what waits for its time, and by large payloads that nobody answers.
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "bench/await.h"
#include "bench/hosts.h"
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/receiver.h"
#include "bench/resident_memory.h"
#include "bench/sample_delivery.h"
#include "bench/system_failure.h"
#include "bench/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

constexpr std::uint64_t kMemoryFillBatch = 2000;
constexpr std::size_t kSmallPayload = 64;
constexpr std::size_t kLargePayload = 4 * 1024 * 1024;
constexpr std::size_t kMemoryHosts = 1000;
constexpr auto kMemoryPatience = std::chrono::minutes(20);
constexpr auto kMemoryTimeout = std::chrono::minutes(10);
/// Submissions that wait for their commit at once.
constexpr std::uint64_t kAhead = 4;
constexpr double kBytesAWaitingOne = 120;
constexpr double kBytesASentOne = 64.0 * 1024;
/// `EngineOptions::payload_memory` by default, and what everything else may take.
constexpr double kBudget = 512.0 * 1024 * 1024;
constexpr double kMemoryBeside = 64.0 * 1024 * 1024;

std::uint64_t heldMemory() {
    malloc_trim(0);
    return residentMemory();
}

double grown(std::uint64_t before) {
    const std::uint64_t now = heldMemory();
    return static_cast<double>(now - std::min(now, before));
}

std::unique_ptr<EventLog> openMemoryLog(const std::string& directory) {
    sqlite::LogOptions options;
    options.directory = directory;
    return sqlite::openLog(options);
}

/// Deliveries that are due in a year.
void fill(const std::string& directory, std::uint64_t count) {
    const auto log = openMemoryLog(directory);
    const SampleDelivery sample(kSmallPayload);
    LogHead head = log->head();
    for (std::uint64_t made = 0; made < count;) {
        Batch batch;
        for (const std::uint64_t end = std::min(made + kMemoryFillBatch, count); made < end;
             ++made) {
            sample.accept(batch, SampleDelivery::newId());
            std::get<DeliveryAccepted>(batch.back().recorded.event).due_at +=
                std::chrono::days(365);
        }
        head = log->append(batch, head);
        log->maintain(true);
    }
}

void toStandardError(const std::string& problem) {
    std::cerr << problem << '\n';
}

/// So that nothing it has freed is used again here, uncounted.
void fillInAnotherProcess(const std::string& directory, std::uint64_t count) {
    const pid_t child = require(fork(), "fork");
    if (child == 0) {
        const bool filled =
            contained(toStandardError, "filling the log", [&] { fill(directory, count); });
        _exit(filled ? 0 : 1);
    }
    int status = 0;
    require(waitpid(child, &status, 0), "waitpid");
    if (status != 0) throw Poco::RuntimeException("the log could not be filled");
}

std::vector<Row> measureWaiting(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    const std::string data = directory.file("data");
    fillInAnotherProcess(data, setup.waiting);
    const auto log = openMemoryLog(data);
    const auto transport = makeHttpTransport(loopbackTransport({}));
    // What the log keeps once and for all is there before memory is looked at.
    log->visitOpenDeliveries(
        0, std::numeric_limits<std::int64_t>::max(), [](const Delivery&) {},
        [](const CorruptLog&) {});
    Engine engine(*log, *transport, {});
    const std::uint64_t before = heldMemory();
    const auto began = monotonicNow();
    engine.start();
    const auto started = monotonicNow() - began;
    const double at_start = grown(before);
    awaitQuiet(kMemoryPatience);
    const double at_rest = grown(before);
    if (engine.health().pending != setup.waiting) {
        throw Poco::RuntimeException("not everything that waits is known");
    }
    const auto each = static_cast<double>(setup.waiting);
    const std::string what = std::to_string(setup.waiting) + " waiting";
    return {{"memory", what + ", at the start", bytes(at_start), "", {}, {}},
            {"",
             what + ", each",
             bytes(at_rest / each),
             "",
             {},
             Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, kBytesAWaitingOne}},
            {"",
             what + ", all",
             bytes(at_rest),
             "",
             {},
             Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, kBytesAWaitingOne * each}},
            {"",
             what + ", until started",
             seconds(started),
             "",
             {},
             Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, 0.5}}};
}

/// Attempts with large payloads at once, as far as the engine lets them on the wire.
Row measureLarge(const Setup& setup, LaneName name, const std::string& what, const Goal& goal) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    std::atomic<std::uint64_t> accepted = 0;
    LibraryOptions options;
    options.directory = directory.file("log");
    options.payload_bytes = kLargePayload;
    options.attempt_timeout = kMemoryTimeout;
    options.on_event = [&](const RecordedEvent& event) {
        if (std::holds_alternative<DeliveryAccepted>(event.event)) ++accepted;
    };
    LibraryPath path(options);
    const auto urls = hostUrls("http", receiver.port(name), kMemoryHosts);
    const std::uint64_t before = heldMemory();
    for (std::uint64_t i = 0; i < setup.large; ++i) {
        path.submit(urls[i % kMemoryHosts], 0);
        await("submissions are not taken", kMemoryPatience, [&] { return accepted + kAhead > i; });
    }
    const Lane& lane = receiver.lane(name);
    if (name == LaneName::kSwallow) {
        await("payloads do not arrive", kMemoryPatience,
              [&] { return lane.requests >= setup.large; });
    }
    awaitQuiet(kMemoryPatience);
    const double held = grown(before);
    const std::string count = std::to_string(setup.large) + " of 4 MiB, ";
    return {"",
            count + what,
            bytes(held),
            "the payloads",
            bytes(static_cast<double>(setup.large * kLargePayload)),
            goal};
}

}  // namespace

std::vector<Row> measureMemoryUse(const Setup& setup) {
    std::vector<Row> rows = measureWaiting(setup);
    const auto large = static_cast<double>(setup.large);
    rows.push_back(measureLarge(
        setup, LaneName::kSwallow, "read, not answered",
        Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, kMemoryBeside + large * kBytesASentOne}));
    rows.push_back(
        measureLarge(setup, LaneName::kStall, "never read",
                     Goal{Goal::Of::kFigure, Goal::Bound::kAtMost, kBudget + kMemoryBeside}));
    return rows;
}

}  // namespace waybill::bench
