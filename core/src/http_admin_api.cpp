// The operator's verbs over HTTP.
#include <Poco/Exception.h>

#include "admin_connection.h"
#include "json_writer.h"
#include "view_json.h"
#include "waybill/admin_api.h"

namespace waybill {
namespace {

constexpr int kOk = 200;
constexpr int kAccepted = 202;

/// A query string, pair by pair; empty values do not filter and are left out.
class Query {
public:
    void add(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text_ += text_.empty() ? '?' : '&';
        text_ += name;
        text_ += '=';
        appendEncoded(text_, value);
    }
    const std::string& text() const { return text_; }

    /// Everything but RFC 3986's unreserved characters is encoded: an id with a slash in it stays
    /// one segment of a path.
    static void appendEncoded(std::string& out, std::string_view text) {
        constexpr std::string_view kHex = "0123456789ABCDEF";
        constexpr std::string_view kUnreserved = "-._~";
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') ||
                               kUnreserved.find(c) != std::string_view::npos;
            if (plain) {
                out += c;
            } else {
                ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
            }
        }
    }

private:
    std::string text_;
};

RefusalCode refusalCode(int status) {
    switch (status) {
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
        Query query;
        query.add("status", filter.status);
        query.add("endpoint", filter.endpoint);
        query.add("client", filter.client);
        query.add("subject", filter.subject);
        query.add("reason", filter.reason);
        if (filter.http_status) query.add("http_status", std::to_string(*filter.http_status));
        if (filter.since) query.add("since", formatTimestamp(*filter.since));
        if (filter.until) query.add("until", formatTimestamp(*filter.until));
        query.add("q", filter.q);
        query.add("limit", std::to_string(limit));
        query.add("cursor", cursor);
        return read<Page<DeliveryView>>(
            connection_.get("deliveries" + query.text()),
            [](const Json& json) { return pageFrom<DeliveryView>(json, deliveryViewFrom); });
    }

    Result<DeliveryDetail> delivery(const StreamId& id) override {
        return read<DeliveryDetail>(connection_.get(pathOf(id)), deliveryDetailFrom);
    }

    Result<Page<EventView>> deliveryEvents(const StreamId& id) override {
        return read<Page<EventView>>(connection_.get(pathOf(id) + "/events"), eventPageFrom);
    }

    Result<Bytes> payload(const StreamId& id) override {
        AdminAnswer answer = connection_.get(pathOf(id) + "/payload");
        if (answer.status != kOk) return refusalFrom(answer);
        return makeBytes(std::move(answer.body));
    }

    Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) override {
        return read<Page<EventView>>(connection_.get("events?after=" + std::to_string(after) +
                                                     "&limit=" + std::to_string(limit)),
                                     eventPageFrom);
    }

    Result<DeliveryView> redeliver(const StreamId& id, const std::string& reason,
                                   const std::optional<std::string>& url,
                                   const std::optional<std::string>& token) override {
        std::string body;
        JsonWriter out(body);
        if (!reason.empty()) out.member("reason", reason);
        if (url) out.member("url", *url);
        if (token) out.member("token", *token);
        out.close();
        return read<DeliveryView>(connection_.post(pathOf(id) + "/redeliver", body),
                                  deliveryViewFrom);
    }

    Result<DeliveryView> cancel(const StreamId& id, const std::string& reason) override {
        std::string body;
        JsonWriter out(body);
        if (!reason.empty()) out.member("reason", reason);
        out.close();
        return read<DeliveryView>(connection_.post(pathOf(id) + "/cancel", body), deliveryViewFrom);
    }

private:
    static std::string pathOf(const StreamId& id) {
        std::string path = "deliveries/";
        Query::appendEncoded(path, id);
        return path;
    }

    template <typename T, typename From>
    static Page<T> pageFrom(const Json& json, From from) {
        Page<T> page;
        for (const Json& element : json.at("data"))
            page.data.push_back(from(element));
        const Json& cursor = json.at("next_cursor");
        if (!cursor.is_null()) page.next_cursor = cursor.get<std::string>();
        return page;
    }

    static Page<EventView> eventPageFrom(const Json& json) {
        return pageFrom<EventView>(json, eventViewFrom);
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
            Refusal refusal{refusalCode(answer.status), error.at("message").get<std::string>(), {}};
            const auto param = error.find("param");
            if (param != error.end() && param->is_string()) {
                refusal.param = param->get<std::string>();
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
