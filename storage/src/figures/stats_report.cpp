#include "figures/stats_report.h"

namespace waybill::sqlite::figures {

namespace {

StatsPoint pointOf(Timestamp at, const Figures& figures) {
    return {.at = at,
            .accepted = figures.accepted,
            .delivered = figures.delivered,
            .failed = figures.failed,
            .attempts_succeeded = figures.attempts_succeeded,
            .attempts_failed = figures.attempts_failed,
            .latency = figures.latency.view()};
}

}  // namespace

std::optional<Refusal> refusalOf(Duration length) {
    if (length > Duration::zero() && length <= std::chrono::minutes(kKeptHours)) {
        return std::nullopt;
    }
    return Refusal{RefusalCode::kInvalid, "window must be more than 0 and at most 90d", "window"};
}

std::optional<Refusal> refusalOf(Duration length, Duration step, Timestamp now) {
    if (auto refusal = refusalOf(length)) return refusal;
    if (step < std::chrono::minutes(1) || step > std::chrono::minutes(kKeptHours)) {
        return Refusal{RefusalCode::kInvalid, "step must be between 1m and 90d", "step"};
    }
    if (seriesWindow(length, step, now).steps() > kMostSteps) {
        return Refusal{RefusalCode::kInvalid,
                       "the window has more than 1000 steps: ask for longer ones", "step"};
    }
    return std::nullopt;
}

void StatsReport::add(Minute minute, const Figures& figures) {
    if (window_.contains(minute)) steps_[window_.stepOf(minute)].add(figures);
}

StatsView StatsReport::view(std::uint64_t finally_failed) const {
    StatsView view;
    view.since = timeOf(window_.since);
    view.until = timeOf(window_.until);
    view.step = std::chrono::minutes(window_.step);
    Figures total;
    Minute minute = window_.since;
    for (const Figures& step : steps_) {
        view.points.push_back(pointOf(timeOf(minute), step));
        total.add(step);
        minute += window_.step;
    }
    view.total = pointOf(view.since, total);
    view.pending = waiting_.pending;
    view.in_flight = waiting_.in_flight;
    view.oldest_due = waiting_.oldest_due;
    view.finally_failed = finally_failed;
    return view;
}

}  // namespace waybill::sqlite::figures
