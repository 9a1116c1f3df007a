// Filters as JSON, and the names of orders.
#include "admin/view_json.h"
#include "domain/enum_names.h"
#include "text/json_writer.h"
#include "waybill/admin_api.h"

#include <Poco/Exception.h>

namespace waybill {
namespace {

constexpr EnumNames<DeliveryOrder, 3> kOrders = {{"created", "updated", "next_attempt"}};

void addText(JsonWriter& out, std::string_view name, const std::string& value) {
    if (!value.empty()) out.member(name, value);
}

void addTime(JsonWriter& out, std::string_view name, const std::optional<Timestamp>& time) {
    if (time) out.member(name, *time);
}

std::string textIn(const Json& object, const char* name) {
    return object.value(name, std::string());
}

std::optional<Timestamp> timeIn(const Json& object, const char* name) {
    if (!object.contains(name)) return std::nullopt;
    const auto time = parseTimestamp(textIn(object, name));
    if (!time) throw Poco::DataException(std::string(name) + " is no time");
    return time;
}

}  // namespace

std::string_view toString(DeliveryOrder order) noexcept {
    return kOrders.of(order);
}

std::optional<DeliveryOrder> deliveryOrderFrom(std::string_view text) noexcept {
    return kOrders.from(text);
}

std::string toJson(const DeliveryFilter& filter) {
    std::string json;
    JsonWriter out(json);
    // By name, as the log's reader gives them back: a filter is one text, written or read.
    addText(out, "client", filter.client);
    addText(out, "endpoint", filter.endpoint);
    if (filter.http_status) out.member("http_status", *filter.http_status);
    addText(out, "q", filter.q);
    addText(out, "reason", filter.reason);
    addTime(out, "since", filter.since);
    addText(out, "status", filter.status);
    addText(out, "subject", filter.subject);
    addTime(out, "until", filter.until);
    out.close();
    return json;
}

DeliveryFilter deliveryFilterFromJson(std::string_view text) {
    const Json json = parseJson(text);
    try {
        DeliveryFilter filter;
        filter.status = textIn(json, "status");
        filter.endpoint = textIn(json, "endpoint");
        filter.client = textIn(json, "client");
        filter.subject = textIn(json, "subject");
        filter.reason = textIn(json, "reason");
        if (json.contains("http_status"))
            filter.http_status = json.at("http_status").get<std::uint16_t>();
        filter.since = timeIn(json, "since");
        filter.until = timeIn(json, "until");
        filter.q = textIn(json, "q");
        return filter;
    } catch (const Json::exception&) {
        throw Poco::DataException("not a filter of deliveries");
    }
}

}  // namespace waybill
