#include "cli/bulk_progress.h"

#include <chrono>
#include <cstdio>
#include <ostream>
#include <thread>

#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/table.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(300);

std::string counted(std::uint64_t count, const std::string& noun, const std::string& nouns) {
    return grouped(count) + " " + (count == 1 ? noun : nouns);
}

std::string rateText(double rate) {
    char text[32];
    std::snprintf(text, sizeof text, rate < 10 ? "%.2g" : "%.0f", rate);
    return text;
}

Style styleOf(const BulkView& bulk) {
    if (bulk.state == "running") return Style::kActive;
    return bulk.state == "finished" ? Style::kGood : Style::kWarn;
}

void report(Console& console, const BulkView& bulk, bool json) {
    if (json) {
        console.out() << toJson(bulk) << std::endl;
        return;
    }
    console.out() << printable(bulk.id) << "  " << console.styled(styleOf(bulk), progressOf(bulk))
                  << std::endl;
}

}  // namespace

std::string extentOf(const BulkView& bulk) {
    std::string text = counted(bulk.matched - bulk.refused, "delivery", "deliveries");
    if (bulk.endpoints != 0) text += " to " + counted(bulk.endpoints, "endpoint", "endpoints");
    if (bulk.rate) text += ", " + rateText(*bulk.rate) + " a second";
    if (bulk.expected_time && *bulk.expected_time >= std::chrono::seconds(1))
        text += ": about " + durationInWords(*bulk.expected_time);
    if (bulk.refused != 0)
        text += " (" + grouped(bulk.refused) + " more match, but are on the wire or erased)";
    return text;
}

std::string progressOf(const BulkView& bulk) {
    std::string text = printable(bulk.state) + "  " + grouped(bulk.done) + " of " +
                       grouped(bulk.matched) + " sent again";
    if (bulk.refused != 0) text += ", " + grouped(bulk.refused) + " refused";
    if (bulk.state == "running" && bulk.expected_time)
        text += ", about " + durationInWords(*bulk.expected_time) + " left";
    return text;
}

void printBulks(Console& console, const Page<BulkView>& page, Timestamp now) {
    if (page.data.empty()) {
        console.out() << "There have been no bulk re-deliveries.\n";
        return;
    }
    Table table({{.title = "ID"},
                 {.title = "STATE"},
                 {.title = "DONE", .right = true},
                 {.title = "REFUSED", .right = true},
                 {.title = "OF", .right = true},
                 {.title = "AGE", .right = true},
                 {.title = "BY", .shrinks_to = 10, .optional = 2},
                 {.title = "FILTER", .shrinks_to = 16, .optional = 1},
                 {.title = "REASON", .shrinks_to = 12, .optional = 3}});
    for (const BulkView& bulk : page.data) {
        table.add({{bulk.id},
                   {bulk.state, styleOf(bulk)},
                   {grouped(bulk.done)},
                   {grouped(bulk.refused)},
                   {grouped(bulk.matched)},
                   {shortDuration(now - bulk.created_at)},
                   {bulk.actor},
                   {bulk.filter},
                   {bulk.reason}});
    }
    table.print(console);
    if (!page.next_cursor.empty()) {
        console.out() << console.styled(Style::kDim, "There are more: --limit N shows them.")
                      << '\n';
    }
}

int watchBulk(AdminApi& api, BulkView bulk, Console& console, bool json) {
    const bool shown = console.width() != 0 && !json;
    while (bulk.state == "running") {
        if (shown)
            console.out() << "\r\x1b[K" << shortened(progressOf(bulk), console.width() - 1)
                          << std::flush;
        std::this_thread::sleep_for(kBetweenLooks);
        Result<BulkView> next = api.bulkRedelivery(bulk.id);
        if (!next.ok()) {
            console.complain(next.refusal().message);
            return kFailed;
        }
        bulk = std::move(next).value();
    }
    if (shown) console.out() << "\r\x1b[K";
    report(console, bulk, json);
    return bulk.state == "stopped" ? kFailed : kDone;
}

}  // namespace waybill::cli
