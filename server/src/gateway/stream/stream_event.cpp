#include "gateway/stream/stream_event.h"

#include "waybill/json_check.h"

namespace waybill::server {
namespace {

// As for objects that are answered whole: backends may nest deeply and repeat keys.
constexpr JsonLimits kEventLimits{.max_depth = 512, .unique_keys = false};

}  // namespace

std::optional<StreamEvent> StreamEvent::read(std::string_view data) {
    if (checkJson(data, kEventLimits)) return std::nullopt;
    std::vector<JsonMember> members = jsonMembers(data);
    if (members.empty()) return std::nullopt;
    return StreamEvent(data, std::move(members));
}

std::string_view StreamEvent::value(std::string_view key) const {
    const JsonMember* const member = findMember(members_, key);
    const std::string_view value = member == nullptr ? "" : valueText(data_, *member);
    return value == "null" ? "" : value;
}

std::string StreamEvent::text(std::string_view key) const {
    const std::string_view given = value(key);
    return isJsonString(given) ? jsonStringValue(given) : "";
}

}  // namespace waybill::server
