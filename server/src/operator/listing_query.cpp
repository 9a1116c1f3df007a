#include "operator/listing_query.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "http/percent.h"
#include "waybill/excerpt.h"
#include "waybill/json_quote.h"
#include "waybill/listing_rules.h"
#include "waybill/nearest_name.h"

namespace waybill::server {
namespace {

constexpr std::int64_t kDefaultSteps = 60;
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

Refusal unknownParameter(const std::string& name, const std::vector<std::string_view>& known) {
    const std::string nearest = nearestName(name, known);
    return invalid(excerpt(name), "There is no parameter " + excerpt(name) + " here" +
                                      (nearest.empty() ? "." : "; did you mean " + nearest + "?"));
}

/// The parameters of a query, each once: of two filters of one name one would be none.
Result<QueryParameters> parametersOf(std::string_view query) {
    std::optional<QueryParameters> parameters = parseQuery(query);
    if (!parameters) return invalid("", "The URL's query is not percent-encoded as it should be.");
    std::set<std::string_view> names;
    for (const auto& [name, value] : *parameters)
        if (!names.insert(name).second)
            return invalid(excerpt(name), excerpt(name) + " is given twice.");
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
    if (name == "limit" || name == "cursor") return readPageParameter(name, value, listing.page);
    return setFilter(listing.filter, name, value);
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
    if (!parsed) return invalid(name, name + " must be a duration such as 5m, 2h or 7d.");
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
    static const std::vector<std::string_view> kNames(deliveryFilterNames().begin(),
                                                      deliveryFilterNames().end());
    return kNames;
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
    std::vector<std::string_view> known(responseFilterNames().begin(), responseFilterNames().end());
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
    std::optional<Duration> step;
    for (const auto& [name, value] : *parameters) {
        std::optional<Refusal> refusal;
        if (name == "window") {
            refusal = readDuration(name, value, asked.window);
        } else if (name == "step" && stepped) {
            refusal = readDuration(name, value, step.emplace());
        } else {
            refusal = stepped ? unknownParameter(name, {"window", "step"})
                              : unknownParameter(name, {"window"});
        }
        if (refusal) return *refusal;
    }
    asked.step = step.value_or(std::max<Duration>(asked.window / kDefaultSteps, kShortestStep));
    if (auto refusal = checkWindow(asked.window, stepped ? std::optional(asked.step) : step))
        return *refusal;
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
