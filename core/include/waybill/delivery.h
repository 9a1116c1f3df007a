// What the log says a delivery is now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "waybill/event.h"

namespace waybill {

/// The states of core/EVENTS.md. `kNone` is the state before the first event.
enum class DeliveryStatus { kNone, kPending, kAttempting, kDelivered, kFailed, kCancelled };

std::string_view toString(DeliveryStatus status) noexcept;
std::optional<DeliveryStatus> deliveryStatusFrom(std::string_view text) noexcept;

/// `attempting`, `succeeded`, `failed`, `abandoned`.
enum class AttemptStatus { kAttempting, kSucceeded, kFailed, kAbandoned };

std::string_view toString(AttemptStatus status) noexcept;
std::optional<AttemptStatus> attemptStatusFrom(std::string_view text) noexcept;

/// The newest attempt of a delivery.
struct LastAttempt {
    std::uint32_t attempt = 0;  ///< 0: there was none yet
    AttemptCause cause = AttemptCause::kFirst;
    AttemptStatus status = AttemptStatus::kAttempting;
    Timestamp started_at{};
    Duration duration{};
    std::optional<std::uint16_t> http_status{};
    std::optional<FailureReason> reason{};
    friend bool operator==(const LastAttempt&, const LastAttempt&) = default;
};

/// The folded state of one delivery. Made only by `fold`. A value: copy it, keep it, compare it.
struct Delivery {
    StreamId id{};
    DeliveryStatus status = DeliveryStatus::kNone;
    bool attempt_open =
        false;  ///< an attempt has started and has no outcome yet (also when cancelled)

    std::string endpoint{};
    std::string client{};
    std::string subject{};
    std::string content_type{};
    Digest payload_digest{};
    std::uint64_t payload_bytes = 0;
    StreamId payload_stream{};  ///< empty: its own
    bool payload_erased = false;
    RetryPolicy policy{.delays = {}};  ///< as the event said

    std::uint32_t round = 1;
    std::uint32_t attempts = 0;  ///< the number of the newest attempt
    std::uint32_t counted_in_round =
        0;  ///< failed or abandoned attempts that count against this round
    bool stale_used_in_round = false;  ///< the round has had its one uncounted `stale_connection`
    std::optional<Timestamp> next_attempt_at{};
    AttemptCause next_cause = AttemptCause::kFirst;
    std::optional<RoundEnd> round_end{};  ///< why the last round ended without success
    LastAttempt last_attempt{};

    Timestamp created_at{};
    Timestamp updated_at{};
    std::uint64_t position = 0;  ///< of the newest event in the stream
    std::uint64_t accepted_position =
        0;  ///< global position of `delivery_accepted`: where its payload lies
    std::uint64_t destination_position =
        0;  ///< global position of the event that named the URL in force
    /// Has an event that this version does not know: nothing is decided on it any more.
    bool from_later_version = false;

    bool finished() const {
        return status == DeliveryStatus::kDelivered || status == DeliveryStatus::kFailed ||
               status == DeliveryStatus::kCancelled;
    }
    /// Something will still happen to it without anybody asking.
    bool live() const {
        return !from_later_version && (attempt_open || next_attempt_at.has_value());
    }

    friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// The one interpreter of a delivery's events. Pure. An event that cannot follow (✗ in
/// core/EVENTS.md) throws CorruptLog with stream, position and rule: data from disk is checked,
/// never asserted.
Delivery fold(Delivery delivery, const RecordedEvent& event);

}  // namespace waybill
