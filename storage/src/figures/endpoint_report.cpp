#include "figures/endpoint_report.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>

namespace waybill::sqlite::figures {

namespace {

constexpr std::array<std::string_view, 5> kWorstFirst = {"failing", "paused", "degraded", "healthy",
                                                         "idle"};

std::size_t rankOf(std::string_view state) {
    return static_cast<std::size_t>(std::find(kWorstFirst.begin(), kWorstFirst.end(), state) -
                                    kWorstFirst.begin());
}

std::string stateOf(const EndpointFigures& figures, bool paused) {
    if (paused) return "paused";
    if (figures.total.attempts() == 0) return "idle";
    if (figures.streak.fails()) return "failing";
    return figures.streak.falters() ? "degraded" : "healthy";
}

std::optional<double> successRate(const Figures& figures) {
    if (figures.attempts() == 0) return std::nullopt;
    return static_cast<double>(figures.attempts_succeeded) /
           static_cast<double>(figures.attempts());
}

/// The worst is the least.
using Order = std::tuple<std::size_t, std::int64_t, double, std::string_view>;

Order orderOf(const std::string& endpoint, const EndpointFigures& figures, bool all_paused) {
    return {rankOf(stateOf(figures, all_paused || figures.pause.paused)),
            -static_cast<std::int64_t>(figures.waiting.pending),
            successRate(figures.total).value_or(2.0), endpoint};
}

bool isWorthShowing(const EndpointFigures& figures) {
    return figures.total.anything() || figures.waiting.pending != 0 ||
           figures.waiting.in_flight != 0 || figures.pause.paused;
}

}  // namespace

void EndpointReport::add(const std::string& endpoint, Minute minute, const Figures& figures) {
    if (!window_.contains(minute)) return;
    EndpointFigures& known = endpoints_[endpoint];
    known.total.add(figures);
    known.history.resize(window_.steps());
    HealthStep& step = known.history[window_.stepOf(minute)];
    step.succeeded += figures.attempts_succeeded;
    step.failed += figures.attempts_failed;
}

EndpointView EndpointReport::viewOf(const std::string& endpoint, const EndpointState& all) const {
    const auto found = endpoints_.find(endpoint);
    static const EndpointFigures kNone;
    const EndpointFigures& figures = found == endpoints_.end() ? kNone : found->second;
    const EndpointState& pause = figures.pause.paused ? figures.pause : all;
    EndpointView view;
    view.endpoint = endpoint;
    view.state = stateOf(figures, pause.paused);
    view.paused = pause.paused;
    if (pause.paused) {
        view.paused_by = pause.actor;
        view.pause_reason = pause.reason;
    }
    view.pending = figures.waiting.pending;
    view.in_flight = figures.waiting.in_flight;
    view.oldest_due = figures.waiting.oldest_due;
    view.accepted = figures.total.accepted;
    view.delivered = figures.total.delivered;
    view.failed = figures.total.failed;
    view.attempts_succeeded = figures.total.attempts_succeeded;
    view.attempts_failed = figures.total.attempts_failed;
    view.success_rate = successRate(figures.total);
    view.latency = figures.total.latency.view();
    view.last_error_at = figures.streak.last_error_at;
    view.last_success_at = figures.streak.last_success_at;
    view.failing_since = figures.streak.failing_since;
    view.history = figures.history;
    view.history.resize(window_.steps());
    return view;
}

std::vector<EndpointView> EndpointReport::views(const EndpointState& all, std::size_t most) const {
    std::vector<Order> worst;
    for (const auto& [endpoint, figures] : endpoints_) {
        if (isWorthShowing(figures)) worst.push_back(orderOf(endpoint, figures, all.paused));
    }
    const std::size_t shown = std::min(worst.size(), most);
    std::partial_sort(worst.begin(), worst.begin() + static_cast<std::ptrdiff_t>(shown),
                      worst.end());
    std::vector<EndpointView> views;
    views.reserve(shown);
    for (std::size_t i = 0; i < shown; ++i)
        views.push_back(viewOf(std::string(std::get<3>(worst[i])), all));
    return views;
}

}  // namespace waybill::sqlite::figures
