// waybill stats
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/figures.h"
#include "cli/table.h"
#include "cli/target.h"
#include "waybill/clock.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr Duration kStatsDefaultWindow = std::chrono::hours(1);
/// As many lines as fit a screen.
constexpr std::int64_t kDefaultSteps = 12;

constexpr std::array<Option, 2> kStatsOptions = {{
    {"--window", "DURATION", "how far back (default 1h)"},
    {"--step", "DURATION", "one line each, in whole minutes (default: a twelfth of the window)"},
}};

Duration defaultStep(Duration window) {
    return std::max<Duration>(std::chrono::minutes(1),
                              std::chrono::ceil<std::chrono::minutes>(window / kDefaultSteps));
}

std::vector<Cell> rowOf(std::string time, const StatsPoint& point, Style style) {
    const auto number = [](std::uint64_t value) {
        return Cell{value == 0 ? std::string() : std::to_string(value)};
    };
    return {{std::move(time), style},
            number(point.accepted),
            number(point.delivered),
            {number(point.failed).text, Style::kBad},
            {successInWords(point.attempts_succeeded, point.attempts_failed)},
            {latencyInWords(point.latency.p50)},
            {latencyInWords(point.latency.p95)},
            {latencyInWords(point.latency.p99)}};
}

void print(Console& console, const StatsView& stats, Timestamp now) {
    Table table({{.title = "SINCE (UTC)"},
                 {.title = "ACCEPTED", .right = true},
                 {.title = "DELIVERED", .right = true},
                 {.title = "FAILED", .right = true},
                 {.title = "SUCCESS", .right = true},
                 {.title = "P50", .right = true, .optional = 1},
                 {.title = "P95", .right = true, .optional = 1},
                 {.title = "P99", .right = true, .optional = 1}});
    for (const StatsPoint& point : stats.points)
        table.add(rowOf(timeInWords(point.at).substr(0, 16), point, Style::kDim));
    table.add(rowOf("together", stats.total, Style::kBold));
    table.print(console);
    console.out() << '\n' << stats.pending << " wait, " << stats.in_flight << " on the wire, ";
    const std::string failed = std::to_string(stats.finally_failed) + " failed for good";
    console.out() << (stats.finally_failed == 0 ? failed : console.styled(Style::kBad, failed));
    if (stats.oldest_due && *stats.oldest_due < now) {
        console.out() << ", the oldest due for " << shortDuration(now - *stats.oldest_due);
    }
    console.out() << ".\n";
}

void print(Console& console, const ClientLimitsView& limits) {
    const auto most = [](std::uint64_t number) {
        return number == 0 ? std::string("any number of") : "at most " + grouped(number);
    };
    console.out() << "\nEach client may ask for " << limits.max_retries
                  << " retries, with at least " << shortDuration(limits.min_retry_delay)
                  << " before each, and have " << most(limits.deliveries_per_second)
                  << " deliveries a second, " << most(limits.attempts_per_minute)
                  << " attempts a minute, and " << most(limits.pending_bytes)
                  << " bytes pending.\nRefused for that since the daemon's start: "
                  << grouped(limits.refused_deliveries) << " for deliveries a second, "
                  << grouped(limits.refused_attempts) << " for attempts a minute, "
                  << grouped(limits.refused_pending_bytes) << " for bytes pending, "
                  << grouped(limits.refused_waiting) << " for what waits for the log; "
                  << grouped(limits.held_back) << " deliveries are held back now.\n";
}

int runStats(const Arguments& arguments, Console& console) {
    const auto window = arguments.duration("--window", kStatsDefaultWindow);
    if (!window.ok()) return wrongUsage(console, "stats", window.refusal().message);
    const auto step = arguments.duration("--step", defaultStep(*window));
    if (!step.ok()) return wrongUsage(console, "stats", step.refusal().message);
    if (!arguments.operands().empty()) {
        return wrongUsage(console, "stats", "stats takes options only.");
    }
    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    const auto stats = target.api->stats(*window, *step);
    if (!stats.ok()) return refused(console, stats.refusal());
    if (arguments.has("--json")) {
        console.out() << toJson(*stats) << '\n';
    } else {
        print(console, *stats, systemClock().now().wall);
        if (stats->client_limits) print(console, *stats->client_limits);
    }
    return kDone;
}

}  // namespace

const Command kStatsCommand = {
    .name = "stats",
    .operands = "",
    .summary = "how much was accepted, delivered and failed, and how fast",
    .details =
        "Prints figures of all endpoints over a stretch of time that ends now, step by step: "
        "deliveries accepted, delivered and failed for good; the share of attempts that "
        "succeeded; and how long attempts took (half of them, 95 and 99 of 100 were no slower). "
        "Below it stands what waits now and, from a "
        "daemon, what each client may cause and what was refused for that.",
    .options = kStatsOptions,
    .examples =
        "waybill stats\n"
        "waybill stats --window 24h --step 1h\n"
        "waybill stats --window 7d --step 1d --json",
    .run = runStats};

}  // namespace waybill::cli
