// What the API, the CLI and the dashboard show: deliveries, attempts and events as people and
// programs see them, and their one JSON form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "waybill/delivery.h"
#include "waybill/event.h"
#include "waybill/event_log.h"

namespace waybill {

/// A delivery as it is shown.
struct DeliveryView {
    StreamId id{};
    std::string url{};  ///< empty when it was erased
    std::string endpoint{};
    std::string client{};
    std::string subject{};
    std::string status{};
    std::string held_by{};  ///< `endpoint_paused`, or empty
    std::uint32_t round = 0;
    std::uint32_t attempt_count = 0;
    std::uint32_t max_attempts = 0;  ///< per round
    std::vector<Duration> retry_delays{};
    std::optional<Timestamp> next_attempt_at{};
    Timestamp created_at{};
    Timestamp updated_at{};
    std::uint64_t payload_bytes = 0;
    std::string payload_sha256{};
    std::string content_type{};
    LastAttempt last_attempt{};
};

/// One attempt as it is shown, put together from its events.
struct AttemptView {
    std::uint32_t attempt = 0;
    std::uint32_t round = 0;
    AttemptCause cause = AttemptCause::kFirst;
    Timestamp started_at{};
    std::optional<Duration> duration{};
    AttemptStatus status = AttemptStatus::kAttempting;
    std::optional<std::uint16_t> http_status{};
    std::optional<FailureReason> reason{};
    std::string explanation{};  ///< a sentence: what happened and what follows
    std::string remote_address{};
    PhaseTimings timings{};
    std::string tls{};
    std::vector<std::pair<std::string, std::string>> request_headers{};  ///< secrets masked
    std::string response_head{};
    std::string response_body{};
    std::uint64_t response_body_bytes = 0;
    bool truncated = false;
    std::optional<Timestamp> retry_at{};
    bool counts = true;
    std::uint64_t outcome_position = 0;  ///< global position of its outcome; 0: none yet
};

/// An event as it is shown; `data` is the stored JSON text.
struct EventView {
    std::uint64_t global_position = 0;
    StreamId stream{};
    std::uint64_t position = 0;
    std::string type{};
    Timestamp recorded_at{};
    std::string actor{};
    std::string data{};
    std::string hash{};
};

struct DeliveryDetail {
    DeliveryView delivery{};
    std::vector<AttemptView> attempts{};  ///< oldest first
};

/// `url` may be empty; `endpoint_paused` says whether its endpoint is.
DeliveryView viewOf(const Delivery& delivery, std::string url, bool endpoint_paused);
EventView viewOf(const RecordedEvent& event);

/// Who acted, for a person: `operator:kim (claimed)` where the name was given beside a shared
/// token, which proves none. Pure.
std::string actorInWords(const EventView& event);

/// The attempts in a delivery's stream, explained. Exchanges and request headers are left empty:
/// they lie beside the log. Pure.
std::vector<AttemptView> attemptsOf(const std::vector<RecordedEvent>& stream);

/// JSON text (one line), exactly as CONTRACT gives it: absent values are null, times RFC 3339.
std::string toJson(const DeliveryView& delivery);
std::string toJson(const AttemptView& attempt);
std::string toJson(const DeliveryDetail& detail);  ///< the delivery's members plus `attempts`
std::string toJson(const EventView& event);

/// The inverse, for clients of the API. Throw Poco::DataException for what is not that.
DeliveryView deliveryViewFromJson(std::string_view json);
DeliveryDetail deliveryDetailFromJson(std::string_view json);
EventView eventViewFromJson(std::string_view json);

}  // namespace waybill
