// The settings of waybilld, read once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "logging/log_level.h"
#include "waybill/address_policy.h"
#include "waybill/engine.h"
#include "waybill/retry_policy.h"
#include "waybill/server/site_guard.h"
#include "waybill/time.h"

namespace waybill::server {

/// Every effective setting. Names, defaults and meanings stand in one place, the table in
/// option_table.cpp; a default-made object has none of them.
struct ServerOptions {
    std::string listen_host;
    std::uint16_t listen_port = 0;
    std::string data;
    bool accept_loss = false;  ///< start although acknowledged events are missing

    std::string upstream;  ///< empty: the echo backend
    std::string upstream_key_file;
    std::string anthropic_upstream;  ///< empty: the same
    std::string anthropic_upstream_key_file;
    std::vector<std::string> pass_routes;  ///< below `/v1/`
    bool pass_client_key = false;
    bool share_upstream_ids = false;  ///< clients may name each other's things at the upstream
    Duration upstream_timeout{};
    std::string api_keys_file;
    std::string admin_token_file;  ///< empty: `admin.token` in the data directory
    std::string operators_file;
    std::optional<Duration> pause_endpoint_after;  ///< nothing: never

    RetryPolicy retry_policy;
    Duration attempt_timeout{};
    std::uint32_t max_in_flight = 0;
    std::uint32_t max_in_flight_per_endpoint = 0;
    std::uint32_t max_in_flight_per_client = 0;  ///< 0: as `maxInFlightPerClient` says
    std::uint32_t client_max_retries = 0;
    Duration client_min_retry_delay{};
    ClientLimits client_limits;  ///< as `clientLimits` says
    AddressPolicy address_policy;
    std::string ca_file;
    std::string signing_secret_file;

    AllowedOrigins allowed_origins;  ///< whose pages may use the client API
    std::string tls_cert;
    std::string tls_key;
    std::uint32_t max_connections = 0;
    std::uint32_t max_connections_per_address = 0;
    std::string operator_ca;                         ///< who vouches for operators' certificates
    std::uint32_t max_failed_logins_per_minute = 0;  ///< of one address; 0: no limit
    std::size_t max_body = 0;
    std::size_t max_response = 0;
    std::size_t max_payload_memory = 0;
    Duration echo_delay{};
    std::uint32_t background_reruns = 0;
    std::optional<Duration> retain_responses;  ///< nothing: for ever
    std::optional<Duration> drain_timeout;

    LogLevel log_level = LogLevel::kInfo;
    LogFormat log_format = LogFormat::kText;

    /// Where the operator's token lies.
    std::string adminTokenFile() const {
        return admin_token_file.empty() ? data + "/admin.token" : admin_token_file;
    }

    /// How many attempts of one client may be on the wire.
    std::uint32_t maxInFlightPerClient() const;

    /// None without keys, where there is only one client.
    ClientLimits clientLimits() const {
        return api_keys_file.empty() ? ClientLimits{} : client_limits;
    }

    /// Places for health and operators over `max_connections`.
    std::uint32_t reservedConnections() const {
        constexpr std::uint32_t kLeast = 8;
        return std::max(max_connections / 8, kLeast);
    }

    /// How long a stop waits for what is under way.
    Duration drainTimeout() const {
        return drain_timeout.value_or(attempt_timeout + std::chrono::seconds(1));
    }
};

/// Throws ConfigError for settings that are dangerous or meaningless together.
void checkTogether(const ServerOptions& options);

/// What is allowed together and yet likely a mistake, in words.
std::vector<std::string> warningsAbout(const ServerOptions& options);

/// Whether only this machine can reach an address or name to listen on.
bool isLoopback(const std::string& host);

}  // namespace waybill::server
