// Figures of all endpoints as the series that charts show.
#pragma once

#include <vector>

#include "figures/waiting.h"
#include "figures/window.h"
#include "waybill/operator_views.h"
#include "waybill/result.h"

namespace waybill::sqlite::figures {

inline constexpr std::size_t kMostSteps = 1000;

/// Why a series cannot be asked for.
std::optional<Refusal> refusalOf(Duration length, Duration step, Timestamp now);
std::optional<Refusal> refusalOf(Duration length);

class StatsReport {
public:
    explicit StatsReport(const Window& window) : window_(window), steps_(window.steps()) {}

    const Window& window() const { return window_; }

    /// What lies outside of the window is passed over.
    void add(Minute minute, const Figures& figures);
    void add(const Waiting& waiting) { waiting_.add(waiting); }

    StatsView view(std::uint64_t finally_failed) const;

private:
    Window window_;
    std::vector<Figures> steps_;
    Waiting waiting_;
};

}  // namespace waybill::sqlite::figures
