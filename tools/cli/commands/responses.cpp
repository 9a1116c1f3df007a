// waybill responses
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/filter.h"
#include "cli/table.h"
#include "cli/target.h"
#include "waybill/clock.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::uint64_t kResponsesDefaultRows = 50;
constexpr std::uint64_t kResponsesMostRows = 100'000;
constexpr std::uint64_t kResponsesPageSize = 500;

constexpr std::array<Option, 6> kResponsesOptions = {{
    {"--status", "STATUS",
     "queued, in_progress, completed, failed, incomplete, cancelled; error (the call made no "
     "object) or deleted, which are left out otherwise"},
    {"--client", "NAME", "whose responses"},
    {"--since", "TIME", "created at or after: 2026-11-21T20:00:00Z, or how long ago: 2h"},
    {"--until", "TIME", "created before"},
    {"--limit", "N", "at most so many (default 50)"},
    {"--count", "", "only how many there are"},
}};

Style responseStyle(const ResponseView& response) {
    if (response.status == "failed" || response.status == "error") return Style::kBad;
    if (response.status == "completed") return Style::kGood;
    if (response.status == "queued" || response.status == "in_progress") return Style::kActive;
    return Style::kDim;
}

std::string callbackOf(const ResponseView& response) {
    if (!response.ignored_code.empty()) return "ignored: " + response.ignored_code;
    return response.delivery.empty() ? "" : response.delivery_status + " " + response.delivery;
}

std::string expiryOf(const ResponseView& response, Timestamp now) {
    if (!response.expires_at) return "";
    if (*response.expires_at <= now) return "due";
    return "in " + shortDuration(*response.expires_at - now);
}

void printResponses(Console& console, const Page<ResponseView>& page, Timestamp now) {
    if (page.data.empty()) {
        console.out() << "No response fits.\n";
        return;
    }
    Table table({{.title = "ID"},
                 {.title = "STATUS"},
                 {.title = "KIND", .optional = 5},
                 {.title = "MODEL", .shrinks_to = 8, .optional = 5},
                 {.title = "AGE", .right = true},
                 {.title = "TOOK", .right = true, .optional = 4},
                 {.title = "BYTES", .right = true, .optional = 5},
                 {.title = "EXPIRES", .optional = 3},
                 {.title = "CALLBACK", .shrinks_to = 14, .optional = 1},
                 {.title = "CLIENT", .shrinks_to = 8, .optional = 2}});
    for (const ResponseView& response : page.data) {
        const auto took = response.finished_at
                              ? shortDuration(*response.finished_at - response.created_at)
                              : std::string();
        const bool stored = !response.payload_sha256.empty();
        table.add({{response.id},
                   {response.status, responseStyle(response)},
                   {response.kind},
                   {response.model},
                   {shortDuration(now - response.created_at)},
                   {took},
                   {stored ? grouped(response.payload_bytes) : ""},
                   {expiryOf(response, now)},
                   {callbackOf(response)},
                   {response.client}});
    }
    table.print(console);
    if (!page.next_cursor.empty()) {
        console.out() << console.styled(Style::kDim, "There are more: --limit N shows them.")
                      << '\n';
    }
}

/// Collects up to `rows` of them, page by page; the cursor says whether there are more.
Result<Page<ResponseView>> collectResponses(AdminApi& api, const ResponseFilter& filter,
                                            std::uint64_t rows) {
    Page<ResponseView> all;
    do {
        const auto limit =
            static_cast<std::uint32_t>(std::min(kResponsesPageSize, rows - all.data.size()));
        auto page = api.responses(filter, limit, all.next_cursor);
        if (!page.ok()) return page;
        for (ResponseView& response : page.value().data)
            all.data.push_back(std::move(response));
        all.next_cursor = page.value().next_cursor;
    } while (!all.next_cursor.empty() && all.data.size() < rows);
    return all;
}

int runResponses(const Arguments& arguments, Console& console) {
    const Timestamp now = systemClock().now().wall;
    const Result<ResponseFilter> filter = responseFilterFrom(arguments, now);
    if (!filter.ok()) return wrongUsage(console, "responses", filter.refusal().message);
    const auto limit = arguments.number("--limit", 1, kResponsesMostRows, kResponsesDefaultRows);
    if (!limit.ok()) return wrongUsage(console, "responses", limit.refusal().message);
    if (!arguments.operands().empty())
        return wrongUsage(console, "responses", "responses takes options only.");

    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    if (arguments.has("--count")) {
        const auto count = target.api->countResponses(*filter);
        if (!count.ok()) return refused(console, count.refusal());
        console.out() << (arguments.has("--json") ? R"({"count":)" + std::to_string(*count) + "}"
                                                  : std::to_string(*count))
                      << '\n';
        return kDone;
    }
    const auto page = collectResponses(*target.api, *filter, *limit);
    if (!page.ok()) return refused(console, page.refusal());
    if (!arguments.has("--json")) {
        printResponses(console, *page, now);
        return kDone;
    }
    for (const ResponseView& response : page->data)
        console.out() << toJson(response) << '\n';
    return kDone;
}

}  // namespace

const Command kResponsesCommand = {
    .name = "responses",
    .operands = "",
    .summary = "stored responses, newest first",
    .details =
        "Lists the create calls of all clients and the objects they made, newest first, without "
        "their contents: status, size, how long they took, their completion callback, and when "
        "retention deletes them. A callback that was asked for and cannot be sent is ignored; what "
        "is "
        "empty there asked for none. `waybill show ID` tells what happened to one.",
    .options = kResponsesOptions,
    .examples =
        "waybill responses --status failed --since 2h\n"
        "waybill responses --client billing --limit 500\n"
        "waybill responses --count --until 30d\n"
        "waybill responses --json | jq -r 'select(.callback_ignored != null) | .id'",
    .run = runResponses};

}  // namespace waybill::cli
