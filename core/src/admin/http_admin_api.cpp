// The operator's verbs over HTTP.
#include <Poco/Exception.h>

#include "admin/admin_connection.h"
#include "admin/query_string.h"
#include "admin/view_json.h"
#include "text/json_writer.h"
#include "waybill/admin_api.h"
#include "waybill/excerpt.h"

namespace waybill {
namespace {

constexpr int kOk = 200;
constexpr int kAccepted = 202;
constexpr std::size_t kMostWords = 4000;  // of a refusal, in bytes

QueryString queryFor(const DeliveryFilter& filter) {
    QueryString query;
    query.add("status", filter.status);
    query.add("endpoint", filter.endpoint);
    query.add("client", filter.client);
    query.add("subject", filter.subject);
    query.add("reason", filter.reason);
    if (filter.http_status) query.add("http_status", std::to_string(*filter.http_status));
    if (filter.since) query.add("since", formatTimestamp(*filter.since));
    if (filter.until) query.add("until", formatTimestamp(*filter.until));
    query.add("q", filter.q);
    return query;
}

QueryString queryFor(const ResponseFilter& filter) {
    QueryString query;
    query.add("status", filter.status);
    query.add("client", filter.client);
    if (filter.since) query.add("since", formatTimestamp(*filter.since));
    if (filter.until) query.add("until", formatTimestamp(*filter.until));
    return query;
}

std::string bodyFor(const BulkRequest& request) {
    std::string body;
    JsonWriter out(body);
    out.raw("filter", toJson(request.filter));
    if (request.all) out.member("all", true);
    if (request.dry_run) out.member("dry_run", true);
    if (request.limit) out.member("limit", *request.limit);
    if (request.rate) out.raw("rate", Json(*request.rate).dump());
    if (!request.reason.empty()) out.member("reason", request.reason);
    out.close();
    return body;
}

/// An object of texts; empty ones are left out.
std::string bodyOf(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    std::string body;
    JsonWriter out(body);
    for (const auto& [name, value] : members)
        if (!value.empty()) out.member(name, value);
    out.close();
    return body;
}

std::string_view pathOf(BulkAction action) {
    switch (action) {
        case BulkAction::kPause:
            return "/pause";
        case BulkAction::kResume:
            return "/resume";
        case BulkAction::kStop:
            return "/stop";
    }
    return "";
}

RefusalCode refusalCode(int status) {
    switch (status) {
        case 403:
            return RefusalCode::kForbidden;
        case 404:
            return RefusalCode::kNotFound;
        case 409:
            return RefusalCode::kConflict;
        case 410:
            return RefusalCode::kErased;
        case 413:
            return RefusalCode::kTooLarge;
        case 429:
            return RefusalCode::kOverloaded;
        default:
            return status >= 500 ? RefusalCode::kUnavailable : RefusalCode::kInvalid;
    }
}

class HttpAdminApi final : public AdminApi {
public:
    explicit HttpAdminApi(HttpAdminApiOptions options) : connection_(std::move(options)) {}

    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) override {
        return deliveries(filter, PageRequest{.limit = limit, .cursor = cursor});
    }

    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter,
                                          const PageRequest& page) override {
        QueryString query = queryFor(filter);
        query.add("limit", std::to_string(page.limit));
        query.add("cursor", page.cursor);
        if (page.order != DeliveryOrder::kCreated) query.add("order", toString(page.order));
        if (page.reverse) query.add("reverse", "true");
        return read<Page<DeliveryView>>(
            connection_.get("deliveries" + query.text()),
            [](const Json& json) { return pageFrom<DeliveryView>(json, deliveryViewFrom); });
    }

    Result<std::uint64_t> countDeliveries(const DeliveryFilter& filter) override {
        return count(connection_.get("deliveries/count" + queryFor(filter).text()));
    }

    Result<DeliveryDetail> delivery(const StreamId& id) override {
        return read<DeliveryDetail>(connection_.get(pathOf(id)), deliveryDetailFrom);
    }

    Result<Page<EventView>> deliveryEvents(const StreamId& id) override {
        return readEvents(connection_.get(pathOf(id) + "/events"));
    }

    Result<Bytes> payload(const StreamId& id) override {
        AdminAnswer answer = connection_.get(pathOf(id) + "/payload");
        if (answer.status != kOk) return refusalFrom(answer);
        return makeBytes(std::move(answer.body));
    }

    Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) override {
        return readEvents(connection_.get("events?after=" + std::to_string(after) +
                                          "&limit=" + std::to_string(limit)));
    }

    Result<DeliveryView> redeliver(const StreamId& id, const std::string& reason,
                                   const std::optional<std::string>& url,
                                   const std::optional<std::string>& token) override {
        return read<DeliveryView>(
            connection_.post(pathOf(id) + "/redeliver", redeliveryBody(reason, url, token)),
            deliveryViewFrom);
    }

    Result<DeliveryView> callResponseBack(const std::string& response, const std::string& reason,
                                          const std::string& url,
                                          const std::optional<std::string>& token) override {
        std::string path = "responses/";
        appendPercentEncoded(path, response);
        return read<DeliveryView>(
            connection_.post(path + "/redeliver", redeliveryBody(reason, url, token)),
            deliveryViewFrom);
    }

    Result<DeliveryView> cancel(const StreamId& id, const std::string& reason) override {
        return read<DeliveryView>(
            connection_.post(pathOf(id) + "/cancel", bodyOf({{"reason", reason}})),
            deliveryViewFrom);
    }

    Result<BulkView> redeliverMany(const BulkRequest& request) override {
        return read<BulkView>(connection_.post("redeliveries", bodyFor(request)), bulkViewFrom);
    }

    Result<BulkView> cancelMany(const BulkRequest& request) override {
        return read<BulkView>(connection_.post("cancellations", bodyFor(request)), bulkViewFrom);
    }

    Result<BulkView> bulkRedelivery(const StreamId& id) override {
        return read<BulkView>(connection_.get(bulkPathOf(id)), bulkViewFrom);
    }

    Result<BulkView> changeBulkRedelivery(const StreamId& id, BulkAction action) override {
        return read<BulkView>(
            connection_.post(bulkPathOf(id) + std::string(waybill::pathOf(action)), "{}"),
            bulkViewFrom);
    }

    Result<Page<BulkView>> bulkRedeliveries(std::uint32_t limit,
                                            const std::string& cursor) override {
        return read<Page<BulkView>>(
            connection_.get("redeliveries" + pageQuery({}, limit, cursor)),
            [](const Json& json) { return pageFrom<BulkView>(json, bulkViewFrom); });
    }

    Result<Page<ResponseView>> responses(const ResponseFilter& filter, std::uint32_t limit,
                                         const std::string& cursor) override {
        return read<Page<ResponseView>>(
            connection_.get("responses" + pageQuery(queryFor(filter), limit, cursor)),
            [](const Json& json) { return pageFrom<ResponseView>(json, responseViewFrom); });
    }

    Result<std::uint64_t> countResponses(const ResponseFilter& filter) override {
        return count(connection_.get("responses/count" + queryFor(filter).text()));
    }

    Result<Page<EndpointView>> endpoints(Duration window) override {
        QueryString query;
        query.add("window", formatDuration(window));
        return read<Page<EndpointView>>(
            connection_.get("endpoints" + query.text()),
            [](const Json& json) { return pageFrom<EndpointView>(json, endpointViewFrom); });
    }

    Result<EndpointView> pauseEndpoint(const std::string& endpoint,
                                       const std::string& reason) override {
        return read<EndpointView>(
            connection_.post("endpoints/pause",
                             bodyOf({{"endpoint", endpoint}, {"reason", reason}})),
            endpointViewFrom);
    }

    Result<EndpointView> resumeEndpoint(const std::string& endpoint,
                                        const std::string& reason) override {
        return read<EndpointView>(
            connection_.post("endpoints/resume",
                             bodyOf({{"endpoint", endpoint}, {"reason", reason}})),
            endpointViewFrom);
    }

    Result<CheckView> check(const std::string& url, bool send) override {
        return checked("url", url, send);
    }

    Result<CheckView> checkDelivery(const StreamId& id, bool send) override {
        return checked("delivery", id, send);
    }

    Result<StatsView> stats(Duration window, Duration step) override {
        QueryString query;
        query.add("window", formatDuration(window));
        query.add("step", formatDuration(step));
        return read<StatsView>(connection_.get("stats" + query.text()), statsViewFrom);
    }

    Result<InfoView> info() override {
        return read<InfoView>(connection_.get("info"), infoViewFrom);
    }

    Result<bool> followEvents(std::uint64_t after,
                              const std::function<bool(const EventView*)>& on_event) override {
        bool wanted = true;
        const AdminAnswer answer = connection_.follow(
            "events/stream?after=" + std::to_string(after), [&](const std::string* data) {
                if (data == nullptr) return wanted = on_event(nullptr);
                const EventView event = followed(*data);
                return wanted = on_event(&event);
            });
        if (answer.status != kOk) return refusalFrom(answer);
        if (wanted) throw connection_.ended();
        return true;
    }

private:
    static std::string redeliveryBody(const std::string& reason,
                                      const std::optional<std::string>& url,
                                      const std::optional<std::string>& token) {
        std::string body;
        JsonWriter out(body);
        if (!reason.empty()) out.member("reason", reason);
        if (url) out.member("url", *url);
        if (token) out.member("token", *token);
        out.close();
        return body;
    }

    Result<CheckView> checked(std::string_view what, const std::string& value, bool send) {
        std::string body;
        JsonWriter out(body);
        out.member(what, value);
        if (send) out.member("send", true);
        out.close();
        return read<CheckView>(connection_.post("check", body), checkViewFrom);
    }

    static std::string pathOf(const StreamId& id) {
        std::string path = "deliveries/";
        appendPercentEncoded(path, id);
        return path;
    }

    static std::string bulkPathOf(const StreamId& id) {
        std::string path = "redeliveries/";
        appendPercentEncoded(path, id);
        return path;
    }

    static std::string pageQuery(QueryString query, std::uint32_t limit,
                                 const std::string& cursor) {
        query.add("limit", std::to_string(limit));
        query.add("cursor", cursor);
        return query.text();
    }

    Result<std::uint64_t> count(const AdminAnswer& answer) const {
        return read<std::uint64_t>(
            answer, [](const Json& json) { return json.at("count").get<std::uint64_t>(); });
    }

    EventView followed(const std::string& data) const {
        try {
            return eventViewFromJson(data);
        } catch (const Poco::DataException&) {
            throw notWaybill();
        }
    }

    template <typename T, typename From>
    static Page<T> pageFrom(const Json& json, From from) {
        Page<T> page;
        for (const Json& element : json.at("data"))
            page.data.push_back(from(element));
        page.next_cursor = cursorIn(json);
        return page;
    }

    static std::string cursorIn(const Json& page) {
        const Json& cursor = page.at("next_cursor");
        return cursor.is_null() ? std::string() : cursor.get<std::string>();
    }

    Result<Page<EventView>> readEvents(const AdminAnswer& answer) const {
        return read<Page<EventView>>(answer, [&](const Json& json) {
            return Page<EventView>{eventViewsFrom(json, answer.body), cursorIn(json)};
        });
    }

    Poco::DataException notWaybill() const {
        return Poco::DataException("What answers at " + connection_.server() +
                                   " does not speak the operator API of Waybill. Is this the "
                                   "address of a waybilld, and of the same version?");
    }

    /// The daemon's own words for why it did not do it.
    Refusal refusalFrom(const AdminAnswer& answer) const {
        try {
            const Json json = parseJson(answer.body);
            const Json& error = json.at("error");
            // What answers may be something else than it says, and a terminal shows the words.
            Refusal refusal{refusalCode(answer.status),
                            excerpt(error.at("message").get<std::string>(), kMostWords),
                            {}};
            const auto param = error.find("param");
            if (param != error.end() && param->is_string()) {
                refusal.param = excerpt(param->get<std::string>());
            }
            return refusal;
        } catch (const Json::exception&) {
            throw notWaybill();
        } catch (const Poco::DataException&) {
            throw notWaybill();
        }
    }

    template <typename T, typename From>
    Result<T> read(const AdminAnswer& answer, From from) const {
        if (answer.status != kOk && answer.status != kAccepted) return refusalFrom(answer);
        try {
            return from(parseJson(answer.body));
        } catch (const Json::exception&) {
            throw notWaybill();
        } catch (const Poco::DataException&) {
            throw notWaybill();
        }
    }

    AdminConnection connection_;
};

}  // namespace

std::unique_ptr<AdminApi> makeHttpAdminApi(HttpAdminApiOptions options) {
    return std::make_unique<HttpAdminApi>(std::move(options));
}

}  // namespace waybill
