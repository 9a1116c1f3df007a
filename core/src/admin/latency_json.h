// Percentiles in their JSON form, wherever they stand.
#pragma once

#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "waybill/operator_views.h"

namespace waybill::json {

inline void writeLatency(JsonWriter& out, const LatencyView& latency) {
    out.object("latency_us", [&](JsonWriter& inner) {
        microsecondsOrNull(inner, "p50", latency.p50);
        microsecondsOrNull(inner, "p95", latency.p95);
        microsecondsOrNull(inner, "p99", latency.p99);
    });
}

inline LatencyView readLatency(const Json& json) {
    const Json& latency = member(json, "latency_us");
    return {durationOrNull(latency, "p50"), durationOrNull(latency, "p95"),
            durationOrNull(latency, "p99")};
}

}  // namespace waybill::json
