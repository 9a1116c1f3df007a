#include "waybill/event.h"

#include "domain/enum_names.h"

namespace waybill {

namespace {

constexpr EnumNames<AttemptCause, 3> kCauses{{"first", "retry", "redelivery"}};
constexpr EnumNames<FailureReason, 10> kReasons{{"http_status", "timeout", "dns", "connect", "tls",
                                                 "protocol", "refused_address", "stale_connection",
                                                 "local_fault", "damaged"}};
constexpr EnumNames<RoundEnd, 5> kRoundEnds{
    {"attempts_used", "refused_address", "final_status", "cancelled", "damaged"}};
constexpr EnumNames<AccessKind, 6> kAccessKinds{{"payload_read", "log_read", "login_failed",
                                                 "role_refused", "check_sent",
                                                 "credentials_changed"}};

/// In the order of the alternatives of `Event`; an UnknownEvent brings its own.
constexpr std::array<std::string_view, std::variant_size_v<Event> - 1> kTypeNames = {
    "delivery_accepted",       "attempt_started",
    "attempt_succeeded",       "attempt_failed",
    "attempt_abandoned",       "redelivery_requested",
    "delivery_cancelled",      "response_created",
    "response_completed",      "response_deleted",
    "callback_ignored",        "callback_requested",
    "payload_erased",          "endpoint_paused",
    "endpoint_resumed",        "bulk_redelivery_requested",
    "bulk_redelivery_paused",  "bulk_redelivery_resumed",
    "bulk_redelivery_refused", "bulk_redelivery_finished",
    "log_continued",           "loss_accepted",
    "access_recorded",
};

}  // namespace

std::string_view typeName(const Event& event) noexcept {
    const auto* unknown = std::get_if<UnknownEvent>(&event);
    return unknown ? std::string_view(unknown->type) : kTypeNames[event.index()];
}

std::string_view toString(AttemptCause cause) noexcept {
    return kCauses.of(cause);
}
std::string_view toString(FailureReason reason) noexcept {
    return kReasons.of(reason);
}
std::string_view toString(RoundEnd end) noexcept {
    return kRoundEnds.of(end);
}

std::string_view toString(AccessKind kind) noexcept {
    return kAccessKinds.of(kind);
}

std::optional<AttemptCause> attemptCauseFrom(std::string_view text) noexcept {
    return kCauses.from(text);
}
std::optional<FailureReason> failureReasonFrom(std::string_view text) noexcept {
    return kReasons.from(text);
}
std::optional<RoundEnd> roundEndFrom(std::string_view text) noexcept {
    return kRoundEnds.from(text);
}
std::optional<AccessKind> accessKindFrom(std::string_view text) noexcept {
    return kAccessKinds.from(text);
}

}  // namespace waybill
