#include "model/state.h"

#include <algorithm>

namespace waybill::gui {
namespace {

constexpr std::array<std::string_view, 7> kViewNames = {
    "overview", "deliveries", "delivery", "endpoints", "tail", "events", "settings"};

}  // namespace

std::string_view toString(View view) noexcept {
    return kViewNames[static_cast<std::size_t>(view)];
}

std::optional<View> viewFrom(std::string_view name) noexcept {
    const auto* found = std::find(kViewNames.begin(), kViewNames.end(), name);
    if (found == kViewNames.end()) return std::nullopt;
    return static_cast<View>(found - kViewNames.begin());
}

Search State::effectiveSearch(Timestamp now) const {
    // Whole minutes: what counts back from now must not be another query in every frame.
    Search parsed = parseSearch(search, std::chrono::floor<std::chrono::minutes>(now));
    if (!status.empty()) parsed.filter.status = status;
    if (!endpoint.empty()) parsed.filter.endpoint = endpoint;
    if (!reason.empty()) parsed.filter.reason = reason;
    if (since) parsed.filter.since = since;
    if (until) parsed.filter.until = until;
    return parsed;
}

bool State::filtered() const {
    return !search.empty() || !status.empty() || !endpoint.empty() || !reason.empty() || since ||
           until;
}

}  // namespace waybill::gui
