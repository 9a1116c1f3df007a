#include "read/figures_listing.h"

#include "figures/figures_scan.h"
#include "index/figure_store.h"
#include "index/names.h"
#include "read/delivery_scan.h"

namespace waybill::sqlite {

namespace {

/// As many as are counted in some seconds.
constexpr std::uint64_t kMostCountedEvents = 5'000'000;

const DeliveryFilter kFailed{.status = "failed"};

Refusal tooManyEvents() {
    return {RefusalCode::kUnavailable,
            "the figures of so many events are not prepared yet: try again in some minutes, ask "
            "for a shorter window, or (for a log file) run waybill rebuild",
            "window"};
}

}  // namespace

Result<std::uint64_t> FiguresListing::toCount(const figures::Window& window) {
    if (moment_) return moment_->newer_events;
    const std::uint64_t events = figures::eventsSince(log_, figures::timeOf(window.since));
    if (events > kMostCountedEvents) return tooManyEvents();
    return events;
}

figures::WaitingByEndpoint FiguresListing::waiting() {
    if (!moment_) return figures::readWaiting(log_);
    figures::WaitingByEndpoint all;
    for (const char* status : {"pending", "attempting"}) {
        index::IndexQuery query(log_, moment_->index, moment_->newer, {.status = status});
        for (const auto& [endpoint, waiting] : query.waiting())
            all[endpoint].add(waiting);
    }
    return all;
}

std::uint64_t FiguresListing::finallyFailed() {
    if (!moment_) return DeliveryScan(log_).count(kFailed);
    return index::IndexQuery(log_, moment_->index, moment_->newer, kFailed).count();
}

figures::StreaksByEndpoint FiguresListing::knownStreaks() {
    figures::StreaksByEndpoint streaks;
    if (!moment_) return streaks;
    const auto names = index::readNames(moment_->index);
    for (const auto& [number, streak] : index::readStreaks(moment_->index)) {
        if (const auto name = names.find(number); name != names.end()) {
            streaks.emplace(name->second, streak);
        }
    }
    return streaks;
}

Result<StatsView> FiguresListing::stats(const figures::Window& window) {
    const auto events = toCount(window);
    if (!events) return events.refusal();
    figures::StatsReport report(window);
    if (moment_) {
        index::readFigures(moment_->index, window, true,
                           [&](figures::Minute start, figures::EndpointNumber,
                               const figures::Figures& figures) { report.add(start, figures); });
    }
    const figures::Counted counted = figures::countNewest(log_, *events);
    for (const auto& [key, figures] : counted.tally.minutes()) {
        if (key.second == figures::kAllEndpoints) report.add(key.first, figures);
    }
    for (const auto& [endpoint, waiting] : waiting())
        report.add(waiting);
    return report.view(finallyFailed());
}

Result<figures::EndpointReport> FiguresListing::endpoints(const figures::Window& window,
                                                          const std::set<std::string>& always) {
    const auto events = toCount(window);
    if (!events) return events.refusal();
    figures::EndpointReport report(window);
    for (const std::string& endpoint : always)
        report.of(endpoint);
    if (moment_) {
        const auto names = index::readNames(moment_->index);
        index::readFigures(moment_->index, window, false,
                           [&](figures::Minute start, figures::EndpointNumber endpoint,
                               const figures::Figures& figures) {
                               const auto name = names.find(endpoint);
                               if (name != names.end()) report.add(name->second, start, figures);
                           });
    }
    const figures::Counted counted = figures::countNewest(log_, *events, knownStreaks());
    for (const auto& [key, figures] : counted.tally.minutes()) {
        if (key.second != figures::kAllEndpoints) {
            report.add(counted.names.at(key.second), key.first, figures);
        }
    }
    for (const auto& [endpoint, waiting] : waiting())
        report.of(endpoint).waiting = waiting;
    for (const auto& [endpoint, streak] : counted.streaks) {
        if (auto* const shown = report.find(endpoint)) shown->streak = streak;
    }
    return report;
}

}  // namespace waybill::sqlite
