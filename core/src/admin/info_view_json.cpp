#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "waybill/operator_views.h"

namespace waybill {

std::string toJson(const InfoView& info) {
    std::string text;
    JsonWriter out(text);
    out.member("version", info.version);
    out.member("log_id", info.log_id);
    out.member("head_position", info.head_position);
    out.member("head_hash", info.head_hash);
    out.member("started_at", info.started_at);
    out.member("now", info.now);
    out.member("ready", info.ready);
    json::textOrNull(out, "problem", info.problem);
    out.member("actor", info.actor);
    out.member("actor_claimed", info.actor_claimed);
    out.member("role", info.role);
    out.member("source", info.source);
    out.member("max_in_flight", info.max_in_flight);
    out.member("max_in_flight_per_endpoint", info.max_in_flight_per_endpoint);
    json::numberOrNull(out, "index_position", info.index_position);
    json::textOrNull(out, "index_problem", info.index_problem);
    out.close();
    return text;
}

InfoView infoViewFrom(const Json& value) {
    InfoView info;
    info.version = json::text(value, "version");
    info.log_id = json::text(value, "log_id");
    info.head_position = json::number<std::uint64_t>(value, "head_position");
    info.head_hash = json::text(value, "head_hash");
    info.started_at = json::time(value, "started_at");
    info.now = json::time(value, "now");
    info.ready = json::truth(value, "ready");
    info.problem = json::textOrNull(value, "problem");
    info.actor = json::text(value, "actor");
    // An earlier daemon does not say it.
    const auto claimed = value.find("actor_claimed");
    info.actor_claimed = claimed != value.end() && *claimed == true;
    info.role = json::text(value, "role");
    info.source = json::text(value, "source");
    info.max_in_flight = json::number<std::uint64_t>(value, "max_in_flight");
    info.max_in_flight_per_endpoint =
        json::number<std::uint64_t>(value, "max_in_flight_per_endpoint");
    info.index_position = json::numberOrNull<std::uint64_t>(value, "index_position");
    info.index_problem = json::textOrNull(value, "index_problem");
    return info;
}

InfoView infoViewFromJson(std::string_view json) {
    return infoViewFrom(parseJson(json));
}

}  // namespace waybill
