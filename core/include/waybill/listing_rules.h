// What can be asked of listings, figures and many deliveries at once: one rule for the daemon, the
// command line and the dashboard.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "waybill/admin_api.h"
#include "waybill/result.h"

namespace waybill {

inline constexpr std::uint32_t kMostLimit = 500;  ///< of one page
inline constexpr Duration kShortestWindow = std::chrono::seconds(1);
inline constexpr Duration kLongestWindow = std::chrono::days(90);  ///< as long as figures are kept
inline constexpr Duration kShortestStep = std::chrono::minutes(1);
inline constexpr std::int64_t kMostSteps = 1000;
inline constexpr double kLeastRate = 1.0 / 60;  ///< deliveries a second
inline constexpr double kMostRate = 100'000;

/// The words that a filter's status and reason can be.
std::span<const std::string_view> deliveryStatuses() noexcept;
std::span<const std::string_view> failureReasons() noexcept;

/// The names of every filter, as queries and bodies have them: `status`, `endpoint` …
std::span<const std::string_view> deliveryFilterNames() noexcept;
std::span<const std::string_view> responseFilterNames() noexcept;

/// Sets the filter with this name; an empty value is refused: who filters nothing by it leaves it
/// out. A refusal says what to write instead. Times are points of time (RFC 3339).
std::optional<Refusal> setFilter(DeliveryFilter& filter, std::string_view name,
                                 const std::string& value);
std::optional<Refusal> setFilter(ResponseFilter& filter, std::string_view name,
                                 const std::string& value);

std::optional<Refusal> checkRate(double per_second);

/// `step` nothing: figures over the window as a whole.
std::optional<Refusal> checkWindow(Duration window, std::optional<Duration> step);

}  // namespace waybill
