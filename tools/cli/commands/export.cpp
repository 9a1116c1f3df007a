// waybill export
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/target.h"
#include "waybill/clock.h"
#include "waybill/sqlite/log_file_admin_api.h"

namespace waybill::cli {
namespace {

constexpr std::uint32_t kExportPage = 1000;

constexpr std::array<Option, 2> kExportOptions = {{
    {"--since", "TIME", "recorded at or after: 2026-11-21T20:00:00Z, or how long ago: 2h"},
    {"--until", "TIME", "recorded before"},
}};

int runExport(const Arguments& arguments, Console& console) {
    const Timestamp now = systemClock().now().wall;
    const auto since = arguments.time("--since", now);
    if (!since.ok()) return wrongUsage(console, "export", since.refusal().message);
    const auto until = arguments.time("--until", now);
    if (!until.ok()) return wrongUsage(console, "export", until.refusal().message);
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "export", "export takes one file.");
    }
    const std::string file = findLogFile(arguments, console);
    if (file.empty()) return kFailed;

    const auto log = sqlite::makeLogFileAdminApi(file);
    const auto info = log->info();
    if (!info.ok()) return refused(console, info.refusal());
    const std::uint64_t end = info->head_position;
    for (std::uint64_t after = 0; after < end && console.out();) {
        const auto page = log->events(after, kExportPage);
        if (!page.ok()) return refused(console, page.refusal());
        if (page->data.empty()) break;
        for (const EventView& event : page->data) {
            if (event.global_position > end) break;
            // Every event is looked at: a clock may have been set back.
            if (*since && event.recorded_at < **since) continue;
            if (*until && event.recorded_at >= **until) continue;
            console.out() << toJson(event) << '\n';
        }
        after = page->data.back().global_position;
    }
    return kDone;
}

}  // namespace

const Command kExportCommand = {
    .name = "export",
    .operands = "[FILE]",
    .summary = "the events of a log as JSON lines",
    .details =
        "Prints every event of a log, oldest first, one JSON object a line, as far as the log "
        "reaches when the command begins. It only reads, also while a daemon writes. What lies "
        "beside the events (payloads, URLs, answers) is not in it. Without FILE: the log of "
        "./waybill-data.",
    .options = kExportOptions,
    .examples =
        "waybill export waybill-data/waybill.db > events.jsonl\n"
        "waybill export --since 1d | gzip > yesterday.jsonl.gz\n"
        "waybill export --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z | "
        "jq -r .type | sort | uniq -c",
    .run = runExport};

}  // namespace waybill::cli
