#include "figures/event_facts.h"

#include <charconv>

namespace waybill::sqlite::figures {

namespace {

std::string_view after(std::string_view key, std::string_view data) {
    const std::size_t at = data.find(key);
    return at == std::string_view::npos ? std::string_view{} : data.substr(at + key.size());
}

Duration totalOf(std::string_view data) {
    const std::string_view digits = after("\"total\":", data);
    std::int64_t microseconds = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), microseconds);
    return Duration(microseconds);
}

bool failsDelivery(std::string_view data) {
    const std::string_view end = after("\"round_end\":\"", data);
    return !end.empty() && !end.starts_with("cancelled");
}

}  // namespace

Fact factOf(std::string_view type) noexcept {
    if (type == "delivery_accepted") return Fact::kAccepted;
    if (type == "attempt_succeeded") return Fact::kSucceeded;
    if (type == "attempt_failed") return Fact::kFailed;
    if (type == "attempt_abandoned") return Fact::kAbandoned;
    return Fact::kNone;
}

EventFacts readFacts(Fact fact, std::uint64_t global_position, Timestamp at,
                     std::string_view data) {
    EventFacts facts{.fact = fact, .global_position = global_position, .at = at};
    const bool timed = fact == Fact::kSucceeded || fact == Fact::kFailed;
    if (timed) facts.duration = totalOf(data);
    if (fact == Fact::kFailed || fact == Fact::kAbandoned) {
        facts.fails_delivery = failsDelivery(data);
    }
    return facts;
}

}  // namespace waybill::sqlite::figures
