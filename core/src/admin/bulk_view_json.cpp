#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "waybill/operator_views.h"
#include "waybill/printable.h"

namespace waybill {

std::string toJson(const BulkView& bulk) {
    std::string text;
    JsonWriter out(text);
    json::textOrNull(out, "id", bulk.id);
    out.member("state", bulk.state);
    out.member("matched", bulk.matched);
    out.member("endpoints", bulk.endpoints);
    out.member("done", bulk.done);
    out.member("refused", bulk.refused);
    json::numberOrNull(out, "rate", bulk.rate);
    json::microsecondsOrNull(out, "expected_time_us", bulk.expected_time);
    if (Json::accept(bulk.filter)) {
        out.raw("filter", printableJson(bulk.filter));
    } else {
        out.null("filter");
    }
    json::textOrNull(out, "actor", bulk.actor);
    json::textOrNull(out, "reason", bulk.reason);
    out.member("created_at", bulk.created_at);
    json::timeOrNull(out, "finished_at", bulk.finished_at);
    out.close();
    return text;
}

BulkView bulkViewFrom(const Json& value) {
    BulkView bulk;
    bulk.id = json::textOrNull(value, "id");
    bulk.state = json::text(value, "state");
    bulk.matched = json::number<std::uint64_t>(value, "matched");
    bulk.endpoints = json::number<std::uint64_t>(value, "endpoints");
    bulk.done = json::number<std::uint64_t>(value, "done");
    bulk.refused = json::number<std::uint64_t>(value, "refused");
    bulk.rate = json::realOrNull(value, "rate");
    bulk.expected_time = json::durationOrNull(value, "expected_time_us");
    const Json& filter = json::member(value, "filter");
    if (!filter.is_null()) bulk.filter = filter.dump();
    bulk.actor = json::textOrNull(value, "actor");
    bulk.reason = json::textOrNull(value, "reason");
    bulk.created_at = json::time(value, "created_at");
    bulk.finished_at = json::timeOrNull(value, "finished_at");
    return bulk;
}

BulkView bulkViewFromJson(std::string_view json) {
    return bulkViewFrom(parseJson(json));
}

}  // namespace waybill
