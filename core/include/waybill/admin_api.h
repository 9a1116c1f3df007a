// The operator's interface: what the dashboard and the CLI speak, whatever is behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/operator_views.h"
#include "waybill/result.h"
#include "waybill/views.h"

namespace waybill {

/// Which deliveries. Empty members do not filter.
struct DeliveryFilter {
    std::string status{};
    std::string endpoint{};
    std::string client{};
    std::string subject{};
    std::string reason{};  ///< of the newest attempt
    std::optional<std::uint16_t> http_status{};
    std::optional<Timestamp> since{};  ///< created at or after
    std::optional<Timestamp> until{};  ///< created before
    std::string q{};                   ///< id, subject or URL by prefix
    friend bool operator==(const DeliveryFilter&, const DeliveryFilter&) = default;
};

inline bool isEmpty(const DeliveryFilter& filter) {
    return filter == DeliveryFilter{};
}

/// One line of JSON with the members that filter: what a bulk re-delivery records.
std::string toJson(const DeliveryFilter& filter);
/// The inverse. Throws Poco::DataException for what is not that.
DeliveryFilter deliveryFilterFromJson(std::string_view json);

/// Which responses. Empty members do not filter; without a status, those that have an object or are
/// being made.
struct ResponseFilter {
    /// `queued`, `in_progress`, `completed`, `failed`, `incomplete`, `cancelled`; `error` for calls
    /// that made no object, `deleted`.
    std::string status{};
    std::string client{};
    std::optional<Timestamp> since{};  ///< created at or after
    std::optional<Timestamp> until{};  ///< created before
    friend bool operator==(const ResponseFilter&, const ResponseFilter&) = default;
};

/// The words that `ResponseFilter::status` can be.
std::span<const std::string_view> responseStatuses() noexcept;

/// One page of a listing. `next_cursor` is empty on the last one.
template <typename T>
struct Page {
    std::vector<T> data{};
    std::string next_cursor{};
};

enum class DeliveryOrder { kCreated, kUpdated, kNextAttempt };

/// `created`, `updated`, `next_attempt`.
std::string_view toString(DeliveryOrder order) noexcept;
std::optional<DeliveryOrder> deliveryOrderFrom(std::string_view text) noexcept;

/// Which page, and in which order. Newest (or soonest: kNextAttempt, of what waits) first.
struct PageRequest {
    std::uint32_t limit = 50;  ///< 1 to 500
    std::string cursor{};
    DeliveryOrder order = DeliveryOrder::kCreated;
    bool reverse = false;
};

/// Many at once. An empty filter is refused unless `all`.
struct BulkRequest {
    DeliveryFilter filter{};
    bool all = false;
    bool dry_run = false;  ///< only count
    std::optional<std::uint64_t> limit{};
    std::optional<double> rate{};  ///< deliveries a second
    std::string reason{};
};

enum class BulkAction { kPause, kResume, kStop };

/// The operator's verbs. Each may block (network or disk); call from any thread but one that draws.
/// A refusal is a value; Poco::Exception means that the other side could not be reached or the file
/// not read.
class AdminApi {
public:
    virtual ~AdminApi() = default;

    /// Newest first. `limit` 1 to 500.
    virtual Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                                  const std::string& cursor) = 0;
    virtual Result<DeliveryDetail> delivery(const StreamId& id) = 0;
    virtual Result<Page<EventView>> deliveryEvents(const StreamId& id) = 0;
    virtual Result<Bytes> payload(const StreamId& id) = 0;

    /// Of the whole log, oldest first, after a global position.
    virtual Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) = 0;

    virtual Result<DeliveryView> redeliver(const StreamId& id, const std::string& reason,
                                           const std::optional<std::string>& url,
                                           const std::optional<std::string>& token) = 0;
    virtual Result<DeliveryView> cancel(const StreamId& id, const std::string& reason) = 0;

    // What not every source can do refuses with kConflict and says so.

    /// Like `deliveries` above, in any order the source can page.
    virtual Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter,
                                                  const PageRequest& page);
    virtual Result<std::uint64_t> countDeliveries(const DeliveryFilter& filter);

    virtual Result<BulkView> redeliverMany(const BulkRequest& request);
    virtual Result<BulkView> cancelMany(const BulkRequest& request);
    virtual Result<BulkView> bulkRedelivery(const StreamId& id);
    virtual Result<BulkView> changeBulkRedelivery(const StreamId& id, BulkAction action);
    /// All of them, newest first. `limit` 1 to 500.
    virtual Result<Page<BulkView>> bulkRedeliveries(std::uint32_t limit, const std::string& cursor);

    /// Sends the stored object of a response (its id, or that of its stream) to `url`: with a new
    /// delivery where it has none, else by re-delivering the one it has. Returns that delivery.
    virtual Result<DeliveryView> callResponseBack(const std::string& response,
                                                  const std::string& reason, const std::string& url,
                                                  const std::optional<std::string>& token);

    /// Newest first. `limit` 1 to 500.
    virtual Result<Page<ResponseView>> responses(const ResponseFilter& filter, std::uint32_t limit,
                                                 const std::string& cursor);
    virtual Result<std::uint64_t> countResponses(const ResponseFilter& filter);

    /// Worst first. `window` counts back from now.
    virtual Result<Page<EndpointView>> endpoints(Duration window);
    virtual Result<EndpointView> pauseEndpoint(const std::string& endpoint,
                                               const std::string& reason);
    virtual Result<EndpointView> resumeEndpoint(const std::string& endpoint,
                                                const std::string& reason);

    /// `send`: a test POST as well, not only look-up, policy and TLS.
    virtual Result<CheckView> check(const std::string& url, bool send);
    /// The same for a delivery's own URL; the test carries its token and signatures, which stay
    /// with the daemon.
    virtual Result<CheckView> checkDelivery(const StreamId& id, bool send);

    /// At most 1,000 steps.
    virtual Result<StatsView> stats(Duration window, Duration step);
    virtual Result<InfoView> info();

    /// Calls `on_event` for every event after a global position, as they come, until that returns
    /// false or the connection ends (then: throws Poco::Exception; call again with the last
    /// position seen). `on_event(nullptr)` comes every few seconds when there is nothing else, so
    /// that the caller can end it.
    virtual Result<bool> followEvents(std::uint64_t after,
                                      const std::function<bool(const EventView*)>& on_event);
};

/// How to reach a daemon.
struct HttpAdminApiOptions {
    std::string server{};  ///< `http://127.0.0.1:8080`
    std::string token{};
    /// A person's name for the log, UTF-8, as text_check.h allows; sent percent-encoded as
    /// `Waybill-Actor`. Empty: the daemon's default.
    std::string actor{};
    /// PEM files of a TLS client certificate, with what vouches for it behind it, and its key, for
    /// a daemon with `--operator-ca`. Both or neither.
    std::string client_certificate_file{};
    std::string client_key_file{};
};

/// The operator API of a running daemon over HTTP. Throws ConfigError for options that cannot be
/// used. The verbs throw Poco::NoPermissionException when the daemon does not accept the token,
/// Poco::DataException when what answers is no waybilld, another Poco::Exception when nothing does;
/// each message says what to do. At most 5 s to connect, and 30 s without a byte of the answer.
std::unique_ptr<AdminApi> makeHttpAdminApi(HttpAdminApiOptions options);

}  // namespace waybill
