#include "figures/endpoint_report.h"

#include <algorithm>
#include <array>
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

bool worse(const EndpointView& a, const EndpointView& b) {
    const auto order = [](const EndpointView& view) {
        return std::tuple(rankOf(view.state), -static_cast<std::int64_t>(view.pending),
                          view.success_rate.value_or(2.0), view.endpoint);
    };
    return order(a) < order(b);
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
    const EndpointFigures figures = found == endpoints_.end() ? EndpointFigures{} : found->second;
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
    if (const std::uint64_t attempts = figures.total.attempts(); attempts != 0) {
        view.success_rate =
            static_cast<double>(view.attempts_succeeded) / static_cast<double>(attempts);
    }
    view.latency = figures.total.latency.view();
    view.last_error_at = figures.streak.last_error_at;
    view.last_success_at = figures.streak.last_success_at;
    view.failing_since = figures.streak.failing_since;
    view.history = figures.history;
    view.history.resize(window_.steps());
    return view;
}

std::vector<EndpointView> EndpointReport::views(const EndpointState& all, std::size_t most) const {
    std::vector<EndpointView> views;
    for (const auto& [endpoint, figures] : endpoints_) {
        if (isWorthShowing(figures)) views.push_back(viewOf(endpoint, all));
    }
    std::sort(views.begin(), views.end(), worse);
    if (views.size() > most) views.resize(most);
    return views;
}

}  // namespace waybill::sqlite::figures
