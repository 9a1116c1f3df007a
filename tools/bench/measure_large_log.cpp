// Does the path stay as fast when the log is large?
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/receiver.h"
#include "bench/sample_delivery.h"
#include "bench/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

constexpr std::size_t kLargeLogInFlight = 256;

/// A path on a log of so many events.
LibraryOptions filled(const Setup& setup, const std::string& directory, std::uint64_t events) {
    LibraryOptions options;
    options.directory = directory;
    options.payload_bytes = setup.payload_bytes;
    if (events > 0) {
        sqlite::LogOptions log_options;
        log_options.directory = directory;
        const auto log = sqlite::openLog(log_options);
        fillLog(*log, events, 0, setup.payload_bytes);
    }
    return options;
}

Row measureAt(const Setup& setup, std::uint64_t events) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const std::vector<std::string> urls = {receiver.url(LaneName::kAnswer)};
    LibraryPath large_path(filled(setup, directory.file("large"), events));
    LibraryPath empty_path(filled(setup, directory.file("empty"), 0));
    LibraryContender large(large_path, urls, kLargeLogInFlight);
    LibraryContender empty(empty_path, urls, kLargeLogInFlight);
    const std::vector<Load> loads = runInTurns({&large, &empty}, setup.each);
    return {"",
            "deliveries at " + std::to_string(events) + " events",
            perSecond(loads[0].perSecond()),
            "empty log",
            perSecond(loads[1].perSecond()),
            Goal{Goal::Of::kRatio, Goal::Bound::kAtLeast, 0.90}};
}

}  // namespace

std::vector<Row> measureLargeLog(const Setup& setup) {
    std::vector<Row> rows;
    for (const std::uint64_t events : setup.log_events)
        rows.push_back(measureAt(setup, events));
    rows.front().measure = "large-log";
    return rows;
}

}  // namespace waybill::bench
