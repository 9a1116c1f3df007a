#include "cli/delivery_words.h"

namespace waybill::cli {

Style styleOf(const DeliveryView& delivery) {
    switch (deliveryStatusFrom(delivery.status).value_or(DeliveryStatus::kNone)) {
        case DeliveryStatus::kDelivered:
            return Style::kGood;
        case DeliveryStatus::kFailed:
            return Style::kBad;
        case DeliveryStatus::kAttempting:
            return Style::kActive;
        case DeliveryStatus::kPending:
            return delivery.attempt_count == 0 ? Style::kPlain : Style::kWarn;
        case DeliveryStatus::kCancelled:
        case DeliveryStatus::kNone:
            return Style::kDim;
    }
    return Style::kPlain;
}

Style styleOf(AttemptStatus status) {
    switch (status) {
        case AttemptStatus::kSucceeded:
            return Style::kGood;
        case AttemptStatus::kFailed:
            return Style::kBad;
        case AttemptStatus::kAbandoned:
            return Style::kWarn;
        case AttemptStatus::kAttempting:
            return Style::kActive;
    }
    return Style::kPlain;
}

std::string lastAnswer(const LastAttempt& last) {
    if (last.attempt == 0) return "";
    if (last.status == AttemptStatus::kAttempting) return "on the wire";
    if (last.http_status &&
        last.reason.value_or(FailureReason::kHttpStatus) == FailureReason::kHttpStatus) {
        return std::to_string(*last.http_status);
    }
    return std::string(last.reason ? toString(*last.reason) : toString(last.status));
}

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;)
        text.insert(at -= 3, ",");
    return text;
}

}  // namespace waybill::cli
