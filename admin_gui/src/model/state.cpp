#include "model/state.h"

#include <algorithm>

#include "waybill/text_check.h"

namespace waybill::gui {
namespace {

constexpr std::array<std::string_view, 7> kViewNames = {
    "overview", "deliveries", "delivery", "endpoints", "tail", "events", "settings"};

bool given(const std::string& text) {
    return !text.empty();
}
bool given(const std::optional<Timestamp>& time) {
    return time.has_value();
}

/// What is chosen with a button joins what the search says. Where both say something, and not the
/// same, `twice` names it.
template <typename T>
void join(T& typed, const T& chosen, std::string_view name, std::string_view& twice) {
    if (given(typed) && given(chosen) && typed != chosen) twice = name;
    if (given(chosen)) typed = chosen;
}

}  // namespace

std::string_view toString(View view) noexcept {
    return kViewNames[static_cast<std::size_t>(view)];
}

std::optional<View> viewFrom(std::string_view name) noexcept {
    const auto* found = std::find(kViewNames.begin(), kViewNames.end(), name);
    if (found == kViewNames.end()) return std::nullopt;
    return static_cast<View>(found - kViewNames.begin());
}

std::string problemOfName(const std::string& name) {
    if (const auto problem = nameProblem(name)) return "The name " + *problem + ".";
    // What the window puts in the place of a character that it cannot take from the keyboard.
    if (name.find("\uFFFD") != std::string::npos)
        return "A character of the name cannot be entered here; leave it out.";
    return {};
}

std::string problemOfReason(const std::string& reason) {
    const auto problem = textProblem(reason, kMaxReason);
    return problem ? "The reason " + *problem + "." : std::string();
}

std::string trimmed(std::string text) {
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

Result<DeliveryFilter> State::filter(Timestamp now) const {
    // Whole minutes: what counts back from now must not be another query in every frame.
    auto typed = parseSearch(search, std::chrono::floor<std::chrono::minutes>(now));
    if (!typed.ok()) return typed;
    DeliveryFilter& filter = typed.value();
    std::string_view twice;
    join(filter.status, status, "status", twice);
    join(filter.endpoint, endpoint, "endpoint", twice);
    join(filter.reason, reason, "reason", twice);
    join(filter.since, since, "time", twice);
    join(filter.until, until, "time", twice);
    if (twice.empty()) return typed;
    return Refusal{RefusalCode::kInvalid,
                   "The search names another " + std::string(twice) + " than is chosen beside it.",
                   {}};
}

bool State::filtered() const {
    return !search.empty() || !status.empty() || !endpoint.empty() || !reason.empty() || since ||
           until;
}

}  // namespace waybill::gui
