#include <array>

#include "bench/measure.h"

namespace waybill::bench {

std::span<const Measure> measures() {
    static constexpr std::array kMeasures = {
        Measure{"append", "the log beside raw inserts of the same rows", measureAppend},
        Measure{"transport", "the HTTP client beside a bare one and libcurl", measureTransport},
        Measure{"library", "submit, log, attempt, outcome, log in one process", measureLibrary},
        Measure{"http", "the same through POST /v1/deliveries of a waybilld", measureHttp},
        Measure{"latency", "from the submission to the receiver, at a steady rate", measureLatency},
        Measure{"hanging", "thousands of attempts that nobody answers", measureHanging},
        Measure{"dead", "nine of ten deliveries go to a dead endpoint", measureDeadEndpoint},
        Measure{"start", "a start that finds a large log with much to do", measureStart},
        Measure{"large-log", "the rate on a large log beside an empty one", measureLargeLog},
        Measure{"tls", "TLS beside libcurl, kept connections and new ones", measureTls},
        Measure{"listing", "what operators ask of a large log, and what it costs the log",
                measureListing},
        Measure{"memory", "what waits, and large payloads that nobody answers", measureMemoryUse},
        Measure{"streams", "streams through the gateway beside straight ones", measureStreams}};
    return kMeasures;
}

}  // namespace waybill::bench
