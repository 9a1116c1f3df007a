// Under TLS, beside libcurl: on connections that last, and on new ones to many hosts.
#include "bench/curl_client.h"
#include "bench/hosts.h"
#include "bench/library_path.h"
#include "bench/measure.h"
#include "bench/receiver.h"
#include "bench/temporary_directory.h"
#include "bench/transport_contender.h"

namespace waybill::bench {

namespace {

constexpr std::size_t kTlsInFlight = 64;

std::vector<Row> measureTlsWith(const Setup& setup, LaneName lane, std::size_t hosts,
                                const std::string& what) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const auto urls = hostUrls("https", receiver.port(lane), hosts);
    TransportContender transport(urls, receiver.caFile(), kTlsInFlight, setup.payload_bytes);
    LibraryOptions options;
    options.directory = directory.file("log");
    options.payload_bytes = setup.payload_bytes;
    options.ca_file = receiver.caFile();
    LibraryPath path(options);
    LibraryContender library(path, urls, kTlsInFlight);
    CurlOptions curl_options;
    curl_options.urls = urls;
    curl_options.resolve_port = receiver.port(lane);
    curl_options.ca_file = receiver.caFile();
    curl_options.in_flight = kTlsInFlight;
    curl_options.payload_bytes = setup.payload_bytes;
    CurlContender curl(curl_options);

    const std::vector<Load> loads = runInTurns({&transport, &library, &curl}, setup.each);
    const Figure theirs = microseconds(loads[2].cpuMicrosecondsEach());
    const Goal goal{Goal::Of::kRatio, Goal::Bound::kAtMost, 1};
    return {{"", "CPU a request, " + what, microseconds(loads[0].cpuMicrosecondsEach()),
             "libcurl multi", theirs, goal},
            {"",
             "CPU a delivery, with the log",
             microseconds(loads[1].cpuMicrosecondsEach()),
             "libcurl multi, no log",
             theirs,
             {}}};
}

}  // namespace

std::vector<Row> measureTls(const Setup& setup) {
    std::vector<Row> rows = measureTlsWith(setup, LaneName::kTlsAnswer, 1, "keep-alive");
    const std::vector<Row> more =
        measureTlsWith(setup, LaneName::kTlsAnswerAndClose, 1000, "1,000 hosts, new connections");
    rows.insert(rows.end(), more.begin(), more.end());
    rows.front().measure = "tls";
    return rows;
}

}  // namespace waybill::bench
