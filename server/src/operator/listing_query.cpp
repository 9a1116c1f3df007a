#include "operator/listing_query.h"

#include <algorithm>
#include <charconv>

#include "http/percent.h"
#include "json/quote.h"
#include "waybill/nearest_name.h"

namespace waybill::server {
namespace {

Refusal invalid(std::string_view param, std::string message) {
    return {RefusalCode::kInvalid, std::move(message), std::string(param)};
}

template <typename Number>
bool readNumber(const std::string& text, Number least, Number most, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return !text.empty() && stopped == end && error == std::errc() && number >= least &&
           number <= most;
}

std::optional<Refusal> readLimit(const std::string& text, std::uint32_t& limit) {
    if (readNumber<std::uint32_t>(text, 1, kMostLimit, limit)) return std::nullopt;
    return invalid("limit", "limit must be a number from 1 to 500.");
}

std::optional<Refusal> readTime(const std::string& name, const std::string& text,
                                std::optional<Timestamp>& time) {
    time = parseTimestamp(text);
    if (time) return std::nullopt;
    return invalid(name, name + " must be a time such as 2026-11-21T20:24:38Z.");
}

Refusal unknownParameter(const std::string& name, const std::vector<std::string_view>& known) {
    const std::string nearest = nearestName(name, known);
    return invalid(name, "There is no parameter " + name + " here" +
                             (nearest.empty() ? "." : "; did you mean " + nearest + "?"));
}

std::optional<Refusal> readParameter(const std::string& name, const std::string& value,
                                     DeliveryListing& listing) {
    DeliveryFilter& filter = listing.filter;
    if (name == "status") {
        filter.status = value;
        if (!deliveryStatusFrom(value) || value == toString(DeliveryStatus::kNone))
            return invalid("status",
                           "status must be pending, attempting, delivered, failed or cancelled.");
    } else if (name == "endpoint") {
        filter.endpoint = value;
    } else if (name == "client") {
        filter.client = value;
    } else if (name == "subject") {
        filter.subject = value;
    } else if (name == "reason") {
        filter.reason = value;
        if (!failureReasonFrom(value))
            return invalid("reason", "reason must be a failure's, such as timeout or http_status.");
    } else if (name == "http_status") {
        std::uint16_t status = 0;
        if (!readNumber<std::uint16_t>(value, 100, 599, status))
            return invalid("http_status", "http_status must be a number from 100 to 599.");
        filter.http_status = status;
    } else if (name == "since") {
        return readTime(name, value, filter.since);
    } else if (name == "until") {
        return readTime(name, value, filter.until);
    } else if (name == "q") {
        filter.q = value;
    } else if (name == "limit") {
        return readLimit(value, listing.limit);
    } else if (name == "cursor") {
        listing.cursor = value;
    }
    return std::nullopt;
}

template <typename T>
std::string listJson(const Page<T>& page) {
    std::string json = "{\"data\":[";
    for (const T& entry : page.data) {
        if (&entry != &page.data.front()) json += ',';
        json += toJson(entry);
    }
    json += "],\"next_cursor\":";
    return json + (page.next_cursor.empty() ? "null" : jsonQuote(page.next_cursor)) + "}";
}

}  // namespace

const std::vector<std::string_view>& allListingParameters() {
    static const std::vector<std::string_view> kAll = {"status", "endpoint",    "client", "subject",
                                                       "reason", "http_status", "since",  "until",
                                                       "q",      "limit",       "cursor"};
    return kAll;
}

Result<DeliveryListing> parseDeliveryListing(std::string_view query,
                                             const std::vector<std::string_view>& known) {
    const std::optional<QueryParameters> parameters = parseQuery(query);
    if (!parameters) return invalid("", "The URL's query is not percent-encoded as it should be.");
    DeliveryListing listing;
    for (const auto& [name, value] : *parameters) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return unknownParameter(name, known);
        // `?status=` asks for nothing in particular.
        if (value.empty()) continue;
        if (std::optional<Refusal> refusal = readParameter(name, value, listing)) return *refusal;
    }
    return listing;
}

Result<EventListing> parseEventListing(std::string_view query) {
    const std::optional<QueryParameters> parameters = parseQuery(query);
    if (!parameters) return invalid("", "The URL's query is not percent-encoded as it should be.");
    EventListing listing;
    for (const auto& [name, value] : *parameters) {
        if (name == "after") {
            if (!readNumber<std::uint64_t>(value, 0, UINT64_MAX, listing.after))
                return invalid("after", "after must be a global position.");
        } else if (name == "limit") {
            if (std::optional<Refusal> refusal = readLimit(value, listing.limit)) return *refusal;
        } else {
            return unknownParameter(name, {"after", "limit"});
        }
    }
    return listing;
}

std::string pageJson(const Page<DeliveryView>& page) {
    return listJson(page);
}

std::string pageJson(const Page<EventView>& page) {
    return listJson(page);
}

}  // namespace waybill::server
