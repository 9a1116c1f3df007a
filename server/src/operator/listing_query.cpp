#include "operator/listing_query.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "http/percent.h"
#include "waybill/callback_url.h"
#include "waybill/json_quote.h"
#include "waybill/nearest_name.h"

namespace waybill::server {
namespace {

constexpr Duration kLongestWindow = std::chrono::days(366);
constexpr std::int64_t kDefaultSteps = 60;
constexpr std::int64_t kMostSteps = 1000;
// SQLite's integers have a sign.
constexpr std::uint64_t kLastPosition = INT64_MAX;

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

std::optional<Refusal> readTime(std::string_view name, const std::string& text,
                                std::optional<Timestamp>& time) {
    time = parseTimestamp(text);
    if (time) return std::nullopt;
    return invalid(name, std::string(name) + " must be a time such as 2026-11-21T20:24:38Z.");
}

Refusal unknownParameter(const std::string& name, const std::vector<std::string_view>& known) {
    const std::string nearest = nearestName(name, known);
    return invalid(name, "There is no parameter " + name + " here" +
                             (nearest.empty() ? "." : "; did you mean " + nearest + "?"));
}

/// The parameters of a query, each once: of two filters of one name one would be none.
Result<QueryParameters> parametersOf(std::string_view query) {
    std::optional<QueryParameters> parameters = parseQuery(query);
    if (!parameters) return invalid("", "The URL's query is not percent-encoded as it should be.");
    std::set<std::string_view> names;
    for (const auto& [name, value] : *parameters)
        if (!names.insert(name).second) return invalid(name, name + " is given twice.");
    return std::move(*parameters);
}

std::optional<Refusal> readParameter(const std::string& name, const std::string& value,
                                     DeliveryListing& listing) {
    PageRequest& page = listing.page;
    if (name == "limit") return readLimit(value, page.limit);
    if (name == "cursor") {
        page.cursor = value;
    } else if (name == "order") {
        const auto order = deliveryOrderFrom(value);
        if (!order) return invalid(name, "order must be created, updated or next_attempt.");
        page.order = *order;
    } else if (name == "reverse") {
        if (value != "true" && value != "false")
            return invalid(name, "reverse must be true or false.");
        page.reverse = value == "true";
    } else {
        return setFilter(listing.filter, name, value);
    }
    return std::nullopt;
}

std::optional<Refusal> readPageParameter(const std::string& name, const std::string& value,
                                         PageQuery& page) {
    if (name == "limit") return readLimit(value, page.limit);
    page.cursor = value;
    return std::nullopt;
}

std::optional<Refusal> readResponseParameter(const std::string& name, const std::string& value,
                                             ResponseListing& listing) {
    ResponseFilter& filter = listing.filter;
    if (name == "since") return readTime(name, value, filter.since);
    if (name == "until") return readTime(name, value, filter.until);
    if (name == "limit" || name == "cursor") return readPageParameter(name, value, listing.page);
    (name == "status" ? filter.status : filter.client) = value;
    return std::nullopt;
}

/// Only the parameters in `known` may be there; `read(name, value, listing)` may refuse.
template <typename Listing>
Result<Listing> readListing(std::string_view query, const std::vector<std::string_view>& known,
                            std::optional<Refusal> (*read)(const std::string&, const std::string&,
                                                           Listing&)) {
    const Result<QueryParameters> parameters = parametersOf(query);
    if (!parameters) return parameters.refusal();
    Listing listing;
    for (const auto& [name, value] : *parameters) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return unknownParameter(name, known);
        // `?status=` asks for nothing in particular.
        if (value.empty()) continue;
        if (std::optional<Refusal> refusal = read(name, value, listing)) return *refusal;
    }
    return listing;
}

std::optional<Refusal> readDuration(const std::string& name, const std::string& text,
                                    Duration& duration) {
    const auto parsed = parseDuration(text);
    if (!parsed || *parsed < std::chrono::seconds(1) || *parsed > kLongestWindow)
        return invalid(name, name + " must be a duration from 1s to 366d, such as 5m, 2h or 7d.");
    duration = *parsed;
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

const std::vector<std::string_view>& filterNames() {
    static const std::vector<std::string_view> kNames = {
        "status", "endpoint", "client", "subject", "reason", "http_status", "since", "until", "q"};
    return kNames;
}

std::optional<Refusal> setFilter(DeliveryFilter& filter, std::string_view name,
                                 const std::string& value) {
    if (name == "status") {
        filter.status = value;
        if (!deliveryStatusFrom(value) || value == toString(DeliveryStatus::kNone))
            return invalid("status",
                           "status must be pending, attempting, delivered, failed or cancelled.");
    } else if (name == "endpoint") {
        // As events name it; what is no endpoint finds nothing.
        filter.endpoint = endpointNamed(value).value_or(value);
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
    }
    return std::nullopt;
}

const std::vector<std::string_view>& allListingParameters() {
    static const std::vector<std::string_view> kAll = [] {
        std::vector<std::string_view> all = filterNames();
        all.insert(all.end(), {"limit", "cursor", "order", "reverse"});
        return all;
    }();
    return kAll;
}

Result<DeliveryListing> parseDeliveryListing(std::string_view query,
                                             const std::vector<std::string_view>& known) {
    return readListing<DeliveryListing>(query, known, readParameter);
}

Result<ResponseListing> parseResponseListing(std::string_view query, bool paged) {
    std::vector<std::string_view> known = {"status", "client", "since", "until"};
    if (paged) known.insert(known.end(), {"limit", "cursor"});
    return readListing<ResponseListing>(query, known, readResponseParameter);
}

Result<PageQuery> parsePageQuery(std::string_view query) {
    return readListing<PageQuery>(query, {"limit", "cursor"}, readPageParameter);
}

Result<EventListing> parseEventListing(std::string_view query, bool paged) {
    const Result<QueryParameters> parameters = parametersOf(query);
    if (!parameters) return parameters.refusal();
    EventListing listing;
    for (const auto& [name, value] : *parameters) {
        std::optional<Refusal> refusal;
        if (name == "after") {
            std::uint64_t after = 0;
            if (!readNumber<std::uint64_t>(value, 0, kLastPosition, after))
                refusal = invalid("after", "after must be a global position.");
            listing.after = after;
        } else if (name == "limit" && paged) {
            refusal = readLimit(value, listing.limit);
        } else {
            refusal = paged ? unknownParameter(name, {"after", "limit"})
                            : unknownParameter(name, {"after"});
        }
        if (refusal) return *refusal;
    }
    return listing;
}

Result<WindowQuery> parseWindow(std::string_view query, bool stepped) {
    const Result<QueryParameters> parameters = parametersOf(query);
    if (!parameters) return parameters.refusal();
    WindowQuery asked;
    for (const auto& [name, value] : *parameters) {
        std::optional<Refusal> refusal;
        if (name == "window") {
            refusal = readDuration(name, value, asked.window);
        } else if (name == "step" && stepped) {
            refusal = readDuration(name, value, asked.step);
        } else {
            refusal = stepped ? unknownParameter(name, {"window", "step"})
                              : unknownParameter(name, {"window"});
        }
        if (refusal) return *refusal;
    }
    if (asked.step == Duration::zero())
        asked.step = std::max<Duration>(asked.window / kDefaultSteps, std::chrono::seconds(1));
    if (asked.window / asked.step > kMostSteps)
        return invalid("step", "window and step make more than 1000 steps; take a longer step.");
    return asked;
}

std::string pageJson(const Page<DeliveryView>& page) {
    return listJson(page);
}

std::string pageJson(const Page<EventView>& page) {
    return listJson(page);
}

std::string pageJson(const Page<EndpointView>& page) {
    return listJson(page);
}

std::string pageJson(const Page<BulkView>& page) {
    return listJson(page);
}

std::string pageJson(const Page<ResponseView>& page) {
    return listJson(page);
}

}  // namespace waybill::server
