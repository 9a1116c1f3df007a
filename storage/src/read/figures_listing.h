// Figures, from the index where there is one and else from the events.
#pragma once

#include <set>
#include <string>

#include "figures/endpoint_report.h"
#include "figures/figures_scan.h"
#include "figures/stats_report.h"
#include "index/index_connection.h"
#include "waybill/result.h"

namespace waybill::sqlite {

/// Within one read transaction on the log. What the index has not got yet is counted from the
/// events.
class FiguresListing {
public:
    /// `moment`: null where there is no index.
    FiguresListing(Database& log, const index::IndexMoment* moment) : log_(log), moment_(moment) {}

    Result<StatsView> stats(const figures::Window& window);

    /// All but the pauses, of endpoints that have figures in the window or something that waits,
    /// and of those in `always`. One that only had something earlier takes no memory: there may be
    /// hundreds of thousands.
    Result<figures::EndpointReport> endpoints(const figures::Window& window,
                                              const std::set<std::string>& always);

private:
    /// How many of the newest events must be counted; a refusal where they are too many.
    Result<std::uint64_t> toCount(const figures::Window& window);
    figures::StreaksByEndpoint knownStreaks();
    figures::WaitingByEndpoint waiting();
    std::uint64_t finallyFailed();

    Database& log_;
    const index::IndexMoment* moment_;
};

}  // namespace waybill::sqlite
