// The whole path in a host's process: submit, log, attempt, outcome, log.
#include "bench/curl_client.h"
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/raw_path.h"
#include "bench/receiver.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

constexpr double kGoalCpuMicroseconds = 35;
constexpr Goal kGoalBesideRaw{Goal::Of::kRatio, Goal::Bound::kAtLeast, 0.60};
constexpr Goal kGoalBesideCurl{Goal::Of::kRatio, Goal::Bound::kAtLeast, 1.0};

std::vector<Row> measureLibraryWith(const Setup& setup, std::size_t in_flight) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const std::string url = receiver.url(LaneName::kAnswer);
    LibraryOptions options;
    options.directory = directory.file("log");
    options.payload_bytes = setup.payload_bytes;
    LibraryPath path(options);
    LibraryContender library(path, {url}, in_flight);
    RawPathContender raw(directory.path(), receiver.port(LaneName::kAnswer), in_flight,
                         setup.payload_bytes);
    CurlOptions curl_options;
    curl_options.urls = {url};
    curl_options.in_flight = in_flight;
    curl_options.payload_bytes = setup.payload_bytes;
    CurlContender curl(curl_options);

    const std::vector<Load> loads = runInTurns({&library, &raw, &curl}, setup.each);
    const std::string in_words = ", " + std::to_string(in_flight) + " in flight";
    const std::string bare = "bare client, raw inserts";
    const std::string libcurl = "libcurl multi, no log";
    const Goal cpu_goal{Goal::Of::kFigure, Goal::Bound::kAtMost, kGoalCpuMicroseconds};
    const Figure cpu = microseconds(loads[0].cpuMicrosecondsEach());
    const Figure rate = perSecond(loads[0].perSecond());
    const auto beside_curl = in_flight >= 1024 ? std::optional(kGoalBesideCurl) : std::nullopt;
    return {
        {"library", "CPU a delivery" + in_words, cpu, bare,
         microseconds(loads[1].cpuMicrosecondsEach()), cpu_goal},
        {"", "", cpu, libcurl, microseconds(loads[2].cpuMicrosecondsEach()), {}},
        {"", "deliveries" + in_words, rate, bare, perSecond(loads[1].perSecond()), kGoalBesideRaw},
        {"", "", rate, libcurl, perSecond(loads[2].perSecond()), beside_curl}};
}

}  // namespace

std::vector<Row> measureLibrary(const Setup& setup) {
    std::vector<Row> rows = measureLibraryWith(setup, 64);
    std::vector<Row> more = measureLibraryWith(setup, 1024);
    more.front().measure.clear();
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

}  // namespace waybill::bench
