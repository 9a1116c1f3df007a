#include "waybill/in_words.h"

#include <Poco/Net/HTTPResponse.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "waybill/callback_url.h"
#include "waybill/event_codec.h"

namespace waybill {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string counted(std::int64_t number, std::string_view unit) {
    std::string text = std::to_string(number) + " ";
    text += unit;
    if (number != 1) text += "s";
    return text;
}

Duration amount(Duration duration) {
    return duration < Duration::zero() ? -duration : duration;
}

/// `4.7`, and `5` rather than `5.0`.
std::string secondsToOneDecimal(Duration duration) {
    const std::int64_t tenths = duration.count() / 100'000;
    std::string text = std::to_string(tenths / 10);
    if (tenths % 10 != 0 && tenths < 100) text += "." + std::to_string(tenths % 10);
    return text;
}

struct Unit {
    Duration length;
    std::string_view word;
    std::string_view letter;
};

constexpr std::array<Unit, 4> kUnits = {{{days(1), "day", "d"},
                                         {hours(1), "hour", "h"},
                                         {minutes(1), "minute", "m"},
                                         {seconds(1), "second", "s"}}};

/// Index into kUnits of the largest unit that fits into `duration`, which is a minute or more.
std::size_t largestUnit(Duration duration) {
    std::size_t index = 0;
    while (duration < kUnits[index].length)
        ++index;
    return index;
}

std::string answerInWords(const LastAttempt& last) {
    return last.http_status ? " with " + httpStatusInWords(*last.http_status) : "";
}

std::string_view failureInWords(FailureReason reason) {
    switch (reason) {
        case FailureReason::kHttpStatus:
            return "was answered with another status than 2xx";
        case FailureReason::kTimeout:
            return "timed out";
        case FailureReason::kDns:
            return "found no address for the name";
        case FailureReason::kConnect:
            return "got no connection";
        case FailureReason::kTls:
            return "got no trusted TLS connection";
        case FailureReason::kProtocol:
            return "got no valid HTTP answer";
        case FailureReason::kRefusedAddress:
            return "led to an address that is refused";
        case FailureReason::kStaleConnection:
            return "met a connection that was already closed";
        case FailureReason::kLocalFault:
            return "failed on our own side";
        case FailureReason::kDamaged:
            return "could not be made, because what is kept for it is damaged";
    }
    return {};
}

/// `; the last one got 503 Service Unavailable`, or what went wrong where there was no answer.
std::string reasonInWords(const LastAttempt& last) {
    if (last.attempt == 0) return {};
    const bool by_status =
        last.reason.value_or(FailureReason::kHttpStatus) == FailureReason::kHttpStatus;
    if (last.http_status && by_status) {
        return "; the last one got " + httpStatusInWords(*last.http_status);
    }
    if (last.status == AttemptStatus::kAbandoned) return "; the last one was interrupted";
    return last.reason ? "; the last one " + std::string(failureInWords(*last.reason)) : "";
}

std::string pendingInWords(const DeliveryView& delivery, Timestamp now) {
    const std::string next = "attempt " + std::to_string(delivery.attempt_count + 1);
    std::string text = delivery.held_by.empty() ? "Waiting: " + next
                                                : "Held, because its endpoint is paused: " + next;
    if (!delivery.next_attempt_at) return text + " has no time yet.";
    const Timestamp due = *delivery.next_attempt_at;
    text += due > now ? " is due in " + durationInWords(due - now)
                      : " has been due for " + durationInWords(now - due);
    return text + ", at " + timeInWords(due) + reasonInWords(delivery.last_attempt) + ".";
}

std::string attemptingInWords(const DeliveryView& delivery, Timestamp now) {
    return "Attempt " + std::to_string(delivery.last_attempt.attempt) +
           " has been on the wire for " + durationInWords(now - delivery.last_attempt.started_at) +
           ".";
}

std::string cancelledInWords(const DeliveryView& delivery) {
    std::string text = "Cancelled at " + timeInWords(delivery.updated_at) + ".";
    if (delivery.last_attempt.attempt != 0 &&
        delivery.last_attempt.status == AttemptStatus::kAttempting) {
        return text + " Attempt " + std::to_string(delivery.last_attempt.attempt) +
               " is still on the wire: a 2xx makes it delivered.";
    }
    return text + " Nothing more will be sent unless it is re-delivered.";
}

}  // namespace

std::string durationInWords(Duration duration) {
    duration = amount(duration);
    if (duration < std::chrono::milliseconds(1)) return std::to_string(duration.count()) + " µs";
    if (duration < seconds(1)) return std::to_string(duration.count() / 1000) + " ms";
    if (duration < minutes(1)) {
        const std::string number = secondsToOneDecimal(duration);
        return number + (number == "1" ? " second" : " seconds");
    }
    const std::size_t unit = largestUnit(duration);
    std::string text = counted(duration / kUnits[unit].length, kUnits[unit].word);
    const std::int64_t rest = duration % kUnits[unit].length / kUnits[unit + 1].length;
    if (rest != 0) text += " " + counted(rest, kUnits[unit + 1].word);
    return text;
}

std::string shortDuration(Duration duration) {
    duration = amount(duration);
    if (duration < std::chrono::milliseconds(1)) return std::to_string(duration.count()) + "µs";
    if (duration < seconds(1)) return std::to_string(duration.count() / 1000) + "ms";
    if (duration < minutes(1)) return secondsToOneDecimal(duration) + "s";
    const std::size_t unit = largestUnit(duration);
    std::string text = std::to_string(duration / kUnits[unit].length);
    text += kUnits[unit].letter;
    const std::int64_t rest = duration % kUnits[unit].length / kUnits[unit + 1].length;
    if (rest != 0) (text += std::to_string(rest)) += kUnits[unit + 1].letter;
    return text;
}

std::string timeInWords(Timestamp time) {
    std::string text = formatTimestamp(time).substr(0, 19);  // without decimals and zone
    text[10] = ' ';
    return text + " UTC";
}

std::string httpStatusInWords(std::uint16_t status) {
    using Poco::Net::HTTPResponse;
    const std::string& name =
        HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(status));
    const bool known = name != HTTPResponse::HTTP_REASON_UNKNOWN;
    return known ? std::to_string(status) + " " + name : std::to_string(status);
}

std::string statusInWords(const DeliveryView& delivery, Timestamp now) {
    if (delivery.held_by == "later_version") {
        return "Its stream has an event of a later version of Waybill, so this version neither "
               "sends nor changes it. As far as this version knows, it is " +
               delivery.status + ".";
    }
    switch (deliveryStatusFrom(delivery.status).value_or(DeliveryStatus::kNone)) {
        case DeliveryStatus::kNone:
            return "Not known: the status is \"" + delivery.status + "\".";
        case DeliveryStatus::kPending:
            return pendingInWords(delivery, now);
        case DeliveryStatus::kAttempting:
            return attemptingInWords(delivery, now);
        case DeliveryStatus::kDelivered:
            return "Delivered at " + timeInWords(delivery.updated_at) + " by attempt " +
                   std::to_string(delivery.attempt_count) + answerInWords(delivery.last_attempt) +
                   ". Nothing more will be sent.";
        case DeliveryStatus::kFailed:
            return "Failed at " + timeInWords(delivery.updated_at) + ": round " +
                   std::to_string(delivery.round) + " ended without success after " +
                   counted(delivery.attempt_count, "attempt") + " in all" +
                   reasonInWords(delivery.last_attempt) +
                   ". Nothing more will be sent unless it is re-delivered.";
        case DeliveryStatus::kCancelled:
            return cancelledInWords(delivery);
    }
    return {};
}

std::string otherOriginInWords(std::string_view endpoint, std::string_view url, bool with_token) {
    const auto host = url.find("//");
    if (host == url.npos) return {};
    const auto other = endpointNamed(url.substr(0, url.find_first_of("/?#", host + 2)));
    if (!other || *other == endpoint) return {};
    const std::string from(endpoint);
    return *other + " is another origin than " + from + ", where this delivery goes. It will see " +
           (with_token ? "the payload and the token given here" : "the payload") +
           "; the token that was given for " + from + ", if there is one, stays behind.";
}

std::string noCallbackInWords(const std::vector<EventView>& stream) {
    const CallbackIgnored* ignored = nullptr;
    const ResponseCompleted* completed = nullptr;
    bool created = false;
    std::vector<Event> events;
    events.reserve(stream.size());
    for (const EventView& view : stream) {
        const Event& event =
            events.emplace_back(decodeData(view.type, view.data, view.stream, view.position));
        if (std::holds_alternative<ResponseCreated>(event)) created = true;
        if (std::holds_alternative<CallbackRequested>(event)) return {};
        if (std::holds_alternative<ResponseDeleted>(event))
            return "The response was deleted; there is nothing left to send.";
        if (const auto* one = std::get_if<CallbackIgnored>(&event)) ignored = one;
        if (const auto* one = std::get_if<ResponseCompleted>(&event)) completed = one;
    }
    if (!created || (completed != nullptr && !completed->delivery.empty())) return {};
    if (completed != nullptr && !completed->payload_digest) {
        return "The call made no object, so there is nothing to send" +
               (completed->reason.empty() ? "." : ": " + completed->reason);
    }
    std::string remedy;
    if (completed != nullptr) {
        const bool named = !completed->object_id.empty();
        remedy = " Its object can be sent now: waybill redeliver " +
                 (named ? completed->object_id : stream.front().stream) + " --url URL.";
    }
    if (ignored != nullptr)
        return "The callback that was asked for is not sent (" + ignored->code +
               "): " + ignored->reason + remedy;
    if (completed == nullptr) return "The response is still being made.";
    return "Its call asked for no callback." + remedy;
}

}  // namespace waybill
