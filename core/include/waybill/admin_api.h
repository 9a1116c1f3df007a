// The operator's interface: what the dashboard and the CLI speak, whatever is behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "waybill/bytes.h"
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
};

/// One page of a listing. `next_cursor` is empty on the last one.
template <typename T>
struct Page {
    std::vector<T> data{};
    std::string next_cursor{};
};

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
};

/// How to reach a daemon.
struct HttpAdminApiOptions {
    std::string server{};  ///< `http://127.0.0.1:8080`
    std::string token{};
    std::string actor{};  ///< name for the log (`Waybill-Actor`); empty: the daemon's default
};

/// The operator API of a running daemon over HTTP. Throws ConfigError for options that cannot be
/// used. The verbs throw Poco::NoPermissionException when the daemon does not accept the token,
/// Poco::DataException when what answers is no waybilld, another Poco::Exception when nothing does;
/// each message says what to do. At most 5 s to connect, and 30 s without a byte of the answer.
std::unique_ptr<AdminApi> makeHttpAdminApi(HttpAdminApiOptions options);

}  // namespace waybill
