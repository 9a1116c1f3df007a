#include "cli/event_words.h"

#include <array>
#include <nlohmann/json.hpp>

#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

using Json = nlohmann::json;

std::string textIn(const Json& data, const char* name) {
    const auto member = data.find(name);
    return member != data.end() && member->is_string() ? member->get<std::string>() : "";
}

std::uint64_t numberIn(const Json& data, const char* name) {
    const auto member = data.find(name);
    return member != data.end() && member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
}

/// ` (reason)`, or nothing.
std::string because(const Json& data) {
    const std::string reason = textIn(data, "reason");
    return reason.empty() ? "" : ": " + reason;
}

std::string tookIn(const Json& data) {
    const auto timings = data.find("timings_us");
    if (timings == data.end() || !timings->is_object()) return "";
    const std::uint64_t total = numberIn(*timings, "total");
    return " after " + durationInWords(Duration(static_cast<Duration::rep>(total)));
}

std::string answerIn(const Json& data) {
    const std::uint64_t status = numberIn(data, "http_status");
    if (status != 0) return httpStatusInWords(static_cast<std::uint16_t>(status));
    const std::string detail = textIn(data, "detail");
    return detail.empty() ? textIn(data, "reason") : detail;
}

std::string nextIn(const Json& data, Timestamp now) {
    if (const auto at = parseTimestamp(textIn(data, "retry_at")))
        return "; next in " + shortDuration(*at - now);
    const std::string end = textIn(data, "round_end");
    if (end == "attempts_used") return "; that was the last attempt of its round";
    return end.empty() ? "" : "; the round is over (" + end + ")";
}

std::string attemptIn(const Json& data) {
    return "attempt " + std::to_string(numberIn(data, "attempt"));
}

bool isSetIn(const Json& data, const char* name) {
    const auto member = data.find(name);
    return member != data.end() && member->is_boolean() && member->get<bool>();
}

/// Where a re-delivery goes from now on, and with what.
std::string correctionIn(const Json& data) {
    const std::string endpoint = textIn(data, "endpoint");
    const std::string previous = textIn(data, "previous_endpoint");
    std::string text = endpoint.empty() ? "" : ", to " + endpoint;
    if (!previous.empty()) text += " in place of " + previous;
    if (isSetIn(data, "token_dropped")) return text + ", without the token, which stays behind";
    return text + (isSetIn(data, "token_changed") ? ", with another token" : "");
}

std::string accessIn(const std::string& kind) {
    if (kind == "payload_read") return "a payload was read";
    if (kind == "log_read") return "the log was read";
    if (kind == "login_failed") return "an operator's token was wrong or missing";
    if (kind == "role_refused") return "refused: the role may not";
    if (kind == "check_sent") return "a test request was sent";
    if (kind == "credentials_changed") return "credentials changed";
    return kind;
}

using Words = EventWords (*)(const Json& data, const EventView& event);

struct Entry {
    std::string_view type;
    Words words;
};

constexpr std::array kWords = {
    Entry{"delivery_accepted",
          [](const Json& data, const EventView&) -> EventWords {
              const std::string subject = textIn(data, "subject");
              return {"accepted for " + textIn(data, "endpoint") +
                      (subject.empty() ? "" : " (" + subject + ")")};
          }},
    Entry{"attempt_started",
          [](const Json& data, const EventView&) -> EventWords {
              const std::string cause = textIn(data, "cause");
              return {attemptIn(data) + " started" + (cause == "first" ? "" : " (" + cause + ")"),
                      Style::kActive};
          }},
    Entry{
        "attempt_succeeded",
        [](const Json& data, const EventView&) -> EventWords {
            return {attemptIn(data) + " delivered: " + answerIn(data) + tookIn(data), Style::kGood};
        }},
    Entry{"attempt_failed",
          [](const Json& data, const EventView& event) -> EventWords {
              const bool over = !textIn(data, "round_end").empty();
              return {attemptIn(data) + " failed: " + answerIn(data) + tookIn(data) +
                          nextIn(data, event.recorded_at),
                      over ? Style::kBad : Style::kWarn};
          }},
    Entry{"attempt_abandoned",
          [](const Json& data, const EventView& event) -> EventWords {
              return {attemptIn(data) + " abandoned: its outcome is unknown" +
                          nextIn(data, event.recorded_at),
                      Style::kWarn};
          }},
    Entry{"redelivery_requested",
          [](const Json& data, const EventView&) -> EventWords {
              return {"sent again, round " + std::to_string(numberIn(data, "round")) +
                          correctionIn(data) + because(data),
                      Style::kActive};
          }},
    Entry{"delivery_cancelled",
          [](const Json& data, const EventView&) -> EventWords {
              return {"cancelled" + because(data), Style::kWarn};
          }},
    Entry{"callback_ignored",
          [](const Json& data, const EventView&) -> EventWords {
              return {"no callback is sent" + because(data), Style::kWarn};
          }},
    Entry{"callback_requested",
          [](const Json& data, const EventView&) -> EventWords {
              return {"its object is sent with " + textIn(data, "delivery") + because(data),
                      Style::kActive};
          }},
    Entry{"response_created",
          [](const Json& data, const EventView&) -> EventWords {
              return {textIn(data, "kind") + " created for " + textIn(data, "client")};
          }},
    Entry{"response_completed",
          [](const Json& data, const EventView&) -> EventWords {
              const std::string delivery = textIn(data, "delivery");
              return {textIn(data, "status") +
                      (delivery.empty() ? "" : "; its callback is " + delivery) + because(data)};
          }},
    Entry{"endpoint_paused",
          [](const Json& data, const EventView&) -> EventWords {
              return {"paused" + because(data), Style::kWarn};
          }},
    Entry{"endpoint_resumed",
          [](const Json& data, const EventView&) -> EventWords {
              return {"resumed" + because(data), Style::kGood};
          }},
    Entry{"bulk_redelivery_requested",
          [](const Json& data, const EventView&) -> EventWords {
              return {std::to_string(numberIn(data, "matched")) +
                          " deliveries are to be sent again" + because(data),
                      Style::kActive};
          }},
    Entry{"bulk_redelivery_refused",
          [](const Json& data, const EventView&) -> EventWords {
              return {std::to_string(numberIn(data, "refused")) + " so far cannot be sent again",
                      Style::kWarn};
          }},
    Entry{"bulk_redelivery_finished",
          [](const Json& data, const EventView&) -> EventWords {
              return {"finished: " + std::to_string(numberIn(data, "done")) + " sent again, " +
                          std::to_string(numberIn(data, "refused")) + " refused",
                      Style::kGood};
          }},
    Entry{"loss_accepted",
          [](const Json& data, const EventView&) -> EventWords {
              const std::uint64_t missing = numberIn(data, "missing");
              return {"a start went on without " +
                          (missing == 0 ? std::string("events")
                                        : "at least " + std::to_string(missing) +
                                              (missing == 1 ? " event" : " events")) +
                          " that had been acknowledged" + because(data),
                      Style::kWarn};
          }},
    Entry{"access_recorded",
          [](const Json& data, const EventView&) -> EventWords {
              const std::uint64_t count = data.contains("count") ? numberIn(data, "count") : 1;
              const std::string target = textIn(data, "target");
              const std::string address = textIn(data, "address");
              std::string words = accessIn(textIn(data, "kind"));
              if (!target.empty()) words += ": " + target;
              if (!address.empty()) words += ", from " + address;
              if (count != 1) words += ", " + std::to_string(count) + " times";
              return {std::move(words), Style::kPlain};
          }},
};

}  // namespace

EventWords eventInWords(const EventView& event) {
    const Json data = Json::parse(event.data, nullptr, /*allow_exceptions=*/false);
    if (data.is_object()) {
        for (const Entry& entry : kWords)
            if (entry.type == event.type) return entry.words(data, event);
    }
    return {event.type + (event.data == "{}" ? "" : " " + event.data)};
}

}  // namespace waybill::cli
