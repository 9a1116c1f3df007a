// waybill events
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/table.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::uint64_t kEventsDefaultRows = 100;
constexpr std::uint64_t kEventsMostRows = 100'000;
constexpr std::uint64_t kEventsPageSize = 500;
constexpr std::uint64_t kEventsMostPositions = std::uint64_t{1} << 62;

constexpr std::array<Option, 2> kEventsOptions = {{
    {"--after", "N", "of the whole log: those after global position N (default 0)"},
    {"--limit", "N", "of the whole log: at most so many (default 100)"},
}};

Result<std::vector<EventView>> ofStream(AdminApi& api, const std::string& id) {
    Result<Page<EventView>> page = api.deliveryEvents(id);
    if (!page.ok()) return page.refusal();
    return std::move(page.value().data);
}

Result<std::vector<EventView>> ofLog(AdminApi& api, std::uint64_t after, std::uint64_t rows) {
    std::vector<EventView> events;
    while (events.size() < rows) {
        const auto limit =
            static_cast<std::uint32_t>(std::min(kEventsPageSize, rows - events.size()));
        Result<Page<EventView>> page = api.events(after, limit);
        if (!page.ok()) return page.refusal();
        if (page.value().data.empty()) break;
        after = page.value().data.back().global_position;
        for (EventView& event : page.value().data)
            events.push_back(std::move(event));
    }
    return events;
}

void printTable(Console& console, const std::vector<EventView>& events, bool whole) {
    if (events.empty()) {
        console.out() << "No events.\n";
        return;
    }
    // Of one stream its id stands in the question.
    Table table({{.title = "#", .right = true},
                 {.title = "RECORDED AT (UTC)"},
                 {.title = "STREAM",
                  .shrinks_to = 20,
                  .keep = Keep::kBothEnds,
                  .optional = whole ? 0U : 4U},
                 {.title = "POS", .right = true, .optional = 3},
                 {.title = "TYPE"},
                 {.title = "ACTOR", .shrinks_to = 8, .optional = 1},
                 {.title = "DATA", .shrinks_to = 20, .optional = 2}});
    for (const EventView& event : events) {
        std::string time = formatTimestamp(event.recorded_at).substr(0, 23);
        time[10] = ' ';
        table.add({{std::to_string(event.global_position)},
                   {std::move(time), Style::kDim},
                   {event.stream},
                   {std::to_string(event.position)},
                   {event.type, Style::kBold},
                   {actorInWords(event)},
                   {event.data}});
    }
    table.print(console);
}

int runEvents(const Arguments& arguments, Console& console) {
    const auto after = arguments.number("--after", 0, kEventsMostPositions, 0);
    if (!after.ok()) return wrongUsage(console, "events", after.refusal().message);
    const auto limit = arguments.number("--limit", 1, kEventsMostRows, kEventsDefaultRows);
    if (!limit.ok()) return wrongUsage(console, "events", limit.refusal().message);
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "events", "events takes one id, or none for the whole log.");
    }
    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;

    const bool whole = arguments.operands().empty();
    const auto events = whole ? ofLog(*target.api, *after, *limit)
                              : ofStream(*target.api, arguments.operands().front());
    if (!events.ok()) return refused(console, events.refusal());
    if (!arguments.has("--json")) {
        printTable(console, *events, whole);
        return kDone;
    }
    for (const EventView& event : *events)
        console.out() << toJson(event) << '\n';
    return kDone;
}

}  // namespace

const Command kEventsCommand = {
    .name = "events",
    .operands = "[ID]",
    .summary = "what the log says: of one delivery, or of all",
    .details =
        "Prints the recorded events of a delivery, or of the whole log from its beginning or "
        "after a position, oldest first.",
    .options = kEventsOptions,
    .examples =
        "waybill events dlv_01h8xgbd2v3m4n5p6q7r8s9t0v\n"
        "waybill events --after 1200 --limit 50\n"
        "waybill events --json | jq -r 'select(.type==\"callback_ignored\") | .data.reason'",
    .run = runEvents};

}  // namespace waybill::cli
