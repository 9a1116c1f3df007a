#include "waybill/listing_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "waybill/callback_url.h"
#include "waybill/nearest_name.h"
#include "waybill/text_check.h"

namespace waybill {
namespace {

constexpr std::array<std::string_view, 9> kDeliveryFilters = {
    "status", "endpoint", "client", "subject", "reason", "http_status", "since", "until", "q"};
constexpr std::array<std::string_view, 4> kResponseFilters = {"status", "client", "since", "until"};

/// The names of the enumerators from `first` to `last`.
template <auto first, auto last>
auto namesBetween() {
    constexpr auto kFirst = static_cast<std::size_t>(first);
    std::array<std::string_view, static_cast<std::size_t>(last) - kFirst + 1> names;
    for (std::size_t i = 0; i < names.size(); ++i)
        names[i] = toString(static_cast<decltype(first)>(kFirst + i));
    return names;
}

std::optional<Refusal> setWord(std::string& word, std::string_view name, const std::string& value,
                               std::span<const std::string_view> known) {
    word = value;
    if (std::find(known.begin(), known.end(), value) != known.end()) return std::nullopt;
    std::string message = std::string(name) + " must be " + std::string(known.front());
    for (std::size_t i = 1; i < known.size(); ++i)
        (message += i + 1 == known.size() ? " or " : ", ") += known[i];
    const std::string nearest = nearestName(value, known);
    return Refusal::invalid(
        name, message + (nearest.empty() ? "." : ". Did you mean \"" + nearest + "\"?"));
}

std::optional<Refusal> setTime(std::optional<Timestamp>& time, std::string_view name,
                               const std::string& value) {
    time = parseTimestamp(value);
    if (time) return std::nullopt;
    return Refusal::invalid(name,
                            std::string(name) + " must be a time such as 2026-11-21T20:24:38Z.");
}

std::optional<Refusal> setHttpStatus(DeliveryFilter& filter, std::string_view name,
                                     const std::string& value) {
    std::uint16_t status = 0;
    const char* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, status);
    if (error != std::errc() || stopped != end || status < 100 || status > 599)
        return Refusal::invalid(name, std::string(name) + " must be a number from 100 to 599.");
    filter.http_status = status;
    return std::nullopt;
}

/// A filter is recorded with a bulk action, for good. What is longer than what it is compared with
/// finds nothing.
std::optional<Refusal> setText(std::string& text, std::string_view name, std::string value,
                               std::size_t most) {
    if (const auto problem = textProblem(value, most))
        return Refusal::invalid(name, std::string(name) + " " + *problem + ".");
    text = std::move(value);
    return std::nullopt;
}

/// A filter that was meant and is not there would widen a bulk action to everything.
std::optional<Refusal> refusalOfEmpty(std::string_view name, const std::string& value) {
    if (!value.empty()) return std::nullopt;
    return Refusal::invalid(name,
                            std::string(name) + " is empty. Give it a value or leave it out.");
}

}  // namespace

std::span<const std::string_view> deliveryStatuses() noexcept {
    static const auto kNames = namesBetween<DeliveryStatus::kPending, DeliveryStatus::kCancelled>();
    return kNames;
}

std::span<const std::string_view> failureReasons() noexcept {
    static const auto kNames = namesBetween<FailureReason::kHttpStatus, FailureReason::kDamaged>();
    return kNames;
}

std::span<const std::string_view> deliveryFilterNames() noexcept {
    return kDeliveryFilters;
}

std::span<const std::string_view> responseFilterNames() noexcept {
    return kResponseFilters;
}

std::optional<Refusal> setFilter(DeliveryFilter& filter, std::string_view name,
                                 const std::string& value) {
    if (auto refusal = refusalOfEmpty(name, value)) return refusal;
    if (name == "status") return setWord(filter.status, name, value, deliveryStatuses());
    if (name == "reason") return setWord(filter.reason, name, value, failureReasons());
    if (name == "http_status") return setHttpStatus(filter, name, value);
    if (name == "since") return setTime(filter.since, name, value);
    if (name == "until") return setTime(filter.until, name, value);
    // As events name it; what is no endpoint finds nothing.
    if (name == "endpoint")
        return setText(filter.endpoint, name,
                       value.size() > kMaxUrlLength ? value : endpointNamed(value).value_or(value),
                       kMaxUrlLength);
    if (name == "client") return setText(filter.client, name, value, kMaxClientName);
    if (name == "subject") return setText(filter.subject, name, value, kMaxSubject);
    if (name == "q") return setText(filter.q, name, value, kMaxUrlLength);
    return std::nullopt;
}

std::optional<Refusal> setFilter(ResponseFilter& filter, std::string_view name,
                                 const std::string& value) {
    if (auto refusal = refusalOfEmpty(name, value)) return refusal;
    if (name == "status") return setWord(filter.status, name, value, responseStatuses());
    if (name == "since") return setTime(filter.since, name, value);
    if (name == "until") return setTime(filter.until, name, value);
    if (name == "client") return setText(filter.client, name, value, kMaxClientName);
    return std::nullopt;
}

std::optional<Refusal> checkRate(double per_second) {
    if (per_second >= kLeastRate && per_second <= kMostRate) return std::nullopt;
    return Refusal::invalid("rate", "rate is in deliveries a second, from 1/60 to 100000.");
}

std::optional<Refusal> checkWindow(Duration window, std::optional<Duration> step) {
    if (window < kShortestWindow || window > kLongestWindow)
        return Refusal::invalid("window",
                                "window must be a duration from 1s to 90d, such as 5m, 2h or 7d.");
    if (!step) return std::nullopt;
    if (*step < kShortestStep || *step > kLongestWindow)
        return Refusal::invalid("step",
                                "step must be a duration from 1m to 90d, such as 5m, 2h or 7d.");
    if (window / *step > kMostSteps)
        return Refusal::invalid("step",
                                "window and step make more than 1000 steps; take a longer step.");
    return std::nullopt;
}

}  // namespace waybill
