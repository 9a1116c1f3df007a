// What operators see beside single deliveries: endpoints, figures over time, bulk runs, stored
// responses, a look ahead at a URL, the daemon itself. Each has one JSON form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/bulk_redelivery.h"
#include "waybill/bytes.h"
#include "waybill/response.h"
#include "waybill/time.h"
#include "waybill/views.h"

namespace waybill {

/// Percentiles of the total duration of attempts; nothing where there was none.
struct LatencyView {
    std::optional<Duration> p50{};
    std::optional<Duration> p95{};
    std::optional<Duration> p99{};
};

/// Attempts that ended in one step of a window.
struct HealthStep {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

/// One endpoint now and over the window that was asked for.
struct EndpointView {
    std::string endpoint{};
    /// `healthy`, `degraded` (some of the newest attempts fail), `failing` (nothing but failures,
    /// `failing_since`), `paused`, `idle` (no attempt in the window).
    std::string state{};
    bool paused = false;
    std::string paused_by{};  ///< the actor
    std::string pause_reason{};
    std::uint64_t pending = 0;    ///< deliveries that wait, now
    std::uint64_t in_flight = 0;  ///< deliveries on the wire, now
    std::optional<Timestamp> oldest_due{};
    std::uint64_t accepted = 0;   ///< deliveries, in the window
    std::uint64_t delivered = 0;  ///< deliveries, in the window
    std::uint64_t failed = 0;     ///< deliveries, in the window
    std::uint64_t attempts_succeeded = 0;
    std::uint64_t attempts_failed = 0;
    std::optional<double> success_rate{};  ///< of attempts, 0 to 1
    LatencyView latency{};
    std::string last_error{};  ///< reason and detail of the newest failed attempt, in words
    std::optional<Timestamp> last_error_at{};
    std::optional<Timestamp> last_success_at{};
    std::optional<Timestamp> failing_since{};  ///< start of the present run of nothing but failures
    std::vector<HealthStep> history{};  ///< the window in equal steps, oldest first; may be empty
};

/// One step of the series for charts.
struct StatsPoint {
    Timestamp at{};  ///< start of the step
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;  ///< deliveries whose round ended without success
    std::uint64_t attempts_succeeded = 0;
    std::uint64_t attempts_failed = 0;
    LatencyView latency{};
};

/// What one client may cause (0: no limit), and what was refused for that since the daemon started.
struct ClientLimitsView {
    std::uint64_t max_retries = 0;  ///< that a client may ask for; 0: none
    Duration min_retry_delay{};     ///< shorter ones that a client asks for count as this
    std::uint64_t deliveries_per_second = 0;
    std::uint64_t attempts_per_minute = 0;
    std::uint64_t pending_bytes = 0;
    std::uint64_t refused_deliveries = 0;  ///< submissions, over deliveries_per_second
    std::uint64_t refused_attempts = 0;
    std::uint64_t refused_pending_bytes = 0;
    std::uint64_t refused_waiting = 0;  ///< half of what may wait for the log was one client's
    std::uint64_t held_back = 0;        ///< deliveries that wait only for attempts_per_minute
};

struct StatsView {
    Timestamp since{};
    Timestamp until{};
    Duration step{};
    StatsPoint total{};  ///< of the whole window
    std::vector<StatsPoint> points{};
    std::uint64_t pending = 0;  ///< now
    std::uint64_t in_flight = 0;
    std::uint64_t finally_failed = 0;  ///< deliveries that are `failed` now and want an operator
    std::optional<Timestamp> oldest_due{};
    std::optional<ClientLimitsView> client_limits{};  ///< nothing where no daemon answers
};

/// A bulk re-delivery or cancellation.
struct BulkView {
    StreamId id{};        ///< empty for a dry run
    std::string state{};  ///< `dry_run`, `running`, `paused`, `finished`, `stopped`
    std::uint64_t matched = 0;
    std::uint64_t endpoints = 0;  ///< how many different ones
    std::uint64_t done = 0;
    std::uint64_t refused = 0;  ///< in a dry run: of those that match, what could not be sent again
    std::optional<double> rate{};             ///< deliveries a second
    std::optional<Duration> expected_time{};  ///< at that rate
    std::string filter{};                     ///< JSON text
    std::string actor{};
    std::string reason{};
    Timestamp created_at{};
    std::optional<Timestamp> finished_at{};
};

/// A create call and the object it made, as they are shown; never the object's bytes.
struct ResponseView {
    std::string id{};      ///< the object's: how clients name it
    StreamId stream{};     ///< in the log
    std::string kind{};    ///< `response`, `chat.completion` or `message`
    std::string model{};   ///< that was asked for
    std::string client{};  ///< the name of the key that made it
    /// The object's own; of a call that made none `error`, of one that was deleted `deleted`.
    std::string status{};
    bool background = false;
    Timestamp created_at{};
    Timestamp updated_at{};
    std::optional<Timestamp> finished_at{};  ///< nothing while it is made, and once it was deleted
    std::optional<Timestamp> expires_at{};   ///< when retention deletes it; nothing: not foreseen
    std::uint64_t payload_bytes = 0;
    std::string payload_sha256{};   ///< empty: there is no object
    StreamId delivery{};            ///< of its callback; empty: none, or none yet
    std::string delivery_status{};  ///< of that delivery
    /// Why a callback that was asked for is not sent, for programs and in words; empty where none
    /// was asked for, or there is a delivery.
    std::string ignored_code{};
    std::string ignored_reason{};
    std::string reason{};  ///< why the call made no object; empty where it made one
};

/// One step of a check, in order: `url`, `dns`, `address`, `connect`, `tls`, `request`.
struct CheckStep {
    std::string name{};
    bool ok = false;
    std::string explanation{};
};

/// What would happen to a callback to a URL.
struct CheckView {
    std::string endpoint{};
    bool ok = false;
    std::string summary{};  ///< a sentence
    std::vector<CheckStep> steps{};
};

/// Who answers.
struct InfoView {
    std::string version{};
    std::string log_id{};
    std::uint64_t head_position = 0;
    std::string head_hash{};
    Timestamp started_at{};
    Timestamp now{};
    bool ready = false;
    std::string problem{};
    std::string actor{};         ///< who the caller is taken for
    bool actor_claimed = false;  ///< as in RecordedEvent
    std::string role{};          ///< `viewer`, `operator`, `admin`
    std::string source{};        ///< `daemon`, `log file`
    std::uint64_t max_in_flight = 0;
    std::uint64_t max_in_flight_per_endpoint = 0;
    /// Up to where the index beside the log reaches; nothing: there is none that can be used.
    std::optional<std::uint64_t> index_position{};
    std::string index_problem{};  ///< what keeps it from growing; empty: nothing
};

/// `delivery_status`: of its callback, where it has one.
ResponseView viewOf(const Response& response, std::string delivery_status);

/// What the log says about a bulk re-delivery. `endpoints` stays 0: it is not on record. `done` is
/// on record once it is finished; until then whoever runs or reads it counts.
BulkView viewOf(const BulkRedelivery& bulk);

/// JSON text (one line): absent values are null, times RFC 3339, spans in microseconds under a name
/// that ends in `_us`, a bulk run's filter as the object it is.
std::string toJson(const EndpointView& endpoint);
std::string toJson(const StatsView& stats);
std::string toJson(const BulkView& bulk);
std::string toJson(const ResponseView& response);
std::string toJson(const CheckView& check);
std::string toJson(const InfoView& info);

/// The inverse, for clients of the API. Throw Poco::DataException for what is not that.
EndpointView endpointViewFromJson(std::string_view json);
StatsView statsViewFromJson(std::string_view json);
BulkView bulkViewFromJson(std::string_view json);
ResponseView responseViewFromJson(std::string_view json);
CheckView checkViewFromJson(std::string_view json);
InfoView infoViewFromJson(std::string_view json);

}  // namespace waybill
