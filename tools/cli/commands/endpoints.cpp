// waybill endpoints
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/figures.h"
#include "cli/table.h"
#include "cli/target.h"
#include "waybill/clock.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr Duration kEndpointsDefaultWindow = std::chrono::hours(24);

constexpr std::array<Option, 1> kEndpointsOptions = {{
    {"--window", "DURATION", "how far back the figures reach (default 1d)"},
}};

Style endpointStyle(const EndpointView& endpoint) {
    if (endpoint.state == "failing") return Style::kBad;
    if (endpoint.state == "degraded" || endpoint.state == "paused") return Style::kWarn;
    return endpoint.state == "healthy" ? Style::kGood : Style::kDim;
}

/// What an operator should know first.
std::string remarkOn(const EndpointView& endpoint, Timestamp now) {
    if (endpoint.paused) {
        const std::string by = "paused by " + endpoint.paused_by;
        return endpoint.pause_reason.empty() ? by : by + ": " + endpoint.pause_reason;
    }
    if (endpoint.last_error.empty() || endpoint.state == "healthy") return {};
    if (endpoint.failing_since) {
        return "for " + shortDuration(now - *endpoint.failing_since) + ": " + endpoint.last_error;
    }
    return shortDuration(now - *endpoint.last_error_at) + " ago: " + endpoint.last_error;
}

std::string oldestDue(const EndpointView& endpoint, Timestamp now) {
    if (!endpoint.oldest_due) return {};
    if (*endpoint.oldest_due > now) return "in " + shortDuration(*endpoint.oldest_due - now);
    return "for " + shortDuration(now - *endpoint.oldest_due);
}

std::string numberOrNothing(std::uint64_t number) {
    return number == 0 ? std::string() : std::to_string(number);
}

void printEndpoints(Console& console, const Page<EndpointView>& page, Timestamp now) {
    if (page.data.empty()) {
        console.out() << "No endpoint had anything to do.\n";
        return;
    }
    Table table({{.title = "ENDPOINT", .shrinks_to = 20, .keep = Keep::kEnd},
                 {.title = "STATE"},
                 {.title = "SUCCESS", .right = true},
                 {.title = "ATTEMPTS", .right = true, .optional = 4},
                 {.title = "P50", .right = true, .optional = 5},
                 {.title = "P95", .right = true, .optional = 3},
                 {.title = "P99", .right = true, .optional = 5},
                 {.title = "WAIT", .right = true},
                 {.title = "WIRE", .right = true, .optional = 4},
                 {.title = "DUE", .optional = 2},
                 {.title = "REMARK", .shrinks_to = 20, .optional = 1}});
    for (const EndpointView& endpoint : page.data) {
        table.add({{endpoint.endpoint},
                   {endpoint.state, endpointStyle(endpoint)},
                   {successInWords(endpoint.attempts_succeeded, endpoint.attempts_failed)},
                   {numberOrNothing(endpoint.attempts_succeeded + endpoint.attempts_failed)},
                   {latencyInWords(endpoint.latency.p50)},
                   {latencyInWords(endpoint.latency.p95)},
                   {latencyInWords(endpoint.latency.p99)},
                   {numberOrNothing(endpoint.pending)},
                   {numberOrNothing(endpoint.in_flight)},
                   {oldestDue(endpoint, now)},
                   {remarkOn(endpoint, now)}});
    }
    table.print(console);
}

int runEndpoints(const Arguments& arguments, Console& console) {
    const auto window = arguments.duration("--window", kEndpointsDefaultWindow);
    if (!window.ok()) return wrongUsage(console, "endpoints", window.refusal().message);
    if (!arguments.operands().empty()) {
        return wrongUsage(console, "endpoints", "endpoints takes options only.");
    }
    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    const auto page = target.api->endpoints(*window);
    if (!page.ok()) return refused(console, page.refusal());
    if (!arguments.has("--json")) {
        printEndpoints(console, *page, systemClock().now().wall);
        return kDone;
    }
    for (const EndpointView& endpoint : page->data)
        console.out() << toJson(endpoint) << '\n';
    return kDone;
}

}  // namespace

const Command kEndpointsCommand = {
    .name = "endpoints",
    .operands = "",
    .summary = "how each endpoint does, worst first",
    .details =
        "Lists the endpoints that deliveries go to, worst first: how many of their attempts "
        "succeeded, how long these took, what waits and what is on the wire now, since when the "
        "oldest has been due, and what went wrong last. An endpoint is failing when nothing but "
        "failures came of late, degraded when some did.",
    .options = kEndpointsOptions,
    .examples =
        "waybill endpoints\n"
        "waybill endpoints --window 15m\n"
        "waybill endpoints --json | jq -r 'select(.state==\"failing\") | .endpoint'",
    .run = runEndpoints};

}  // namespace waybill::cli
