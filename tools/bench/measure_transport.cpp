// The transport alone beside a bare client and libcurl.
#include "bench/bare_client.h"
#include "bench/curl_client.h"
#include "bench/measure.h"
#include "bench/receiver.h"
#include "bench/temporary_directory.h"
#include "bench/transport_contender.h"

namespace waybill::bench {

namespace {

std::vector<Row> measureTransportWith(const Setup& setup, std::size_t in_flight) {
    const TemporaryDirectory directory(setup.directory);
    Receiver receiver(directory.path());
    const std::string url = receiver.url(LaneName::kAnswer);
    TransportContender transport({url}, {}, in_flight, setup.payload_bytes);
    BareContender bare(receiver.port(LaneName::kAnswer), in_flight, setup.payload_bytes);
    CurlOptions curl_options;
    curl_options.urls = {url};
    curl_options.in_flight = in_flight;
    curl_options.payload_bytes = setup.payload_bytes;
    CurlContender curl(curl_options);

    const std::vector<Load> loads = runInTurns({&transport, &bare, &curl}, setup.each);
    const std::string what = "CPU a request, " + std::to_string(in_flight) + " in flight";
    const Figure ours = microseconds(loads[0].cpuMicrosecondsEach());
    return {
        {"transport", what, ours, "bare client", microseconds(loads[1].cpuMicrosecondsEach()), {}},
        {"", "", ours, "libcurl multi", microseconds(loads[2].cpuMicrosecondsEach()), {}}};
}

}  // namespace

std::vector<Row> measureTransport(const Setup& setup) {
    std::vector<Row> rows = measureTransportWith(setup, 64);
    std::vector<Row> more = measureTransportWith(setup, 1024);
    more.front().measure.clear();
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

}  // namespace waybill::bench
