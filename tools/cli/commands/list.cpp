// waybill list
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/filter.h"
#include "cli/named_delivery.h"
#include "cli/table.h"
#include "cli/target.h"
#include "waybill/clock.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::uint64_t kListDefaultRows = 50;
constexpr std::uint64_t kListMostRows = 100'000;
constexpr std::uint64_t kListPageSize = 500;

constexpr std::array<Option, 13> kListOptions = {{
    {"--status", "STATUS", "pending, attempting, delivered, failed or cancelled"},
    {"--endpoint", "ENDPOINT", "scheme://host:port, e.g. https://example.com:443"},
    {"--client", "NAME", "whose deliveries"},
    {"--subject", "TEXT", "what they are about; of a completion callback: the response's id"},
    {"--reason", "REASON", "of the newest attempt: timeout, connect, http_status …"},
    {"--http-status", "CODE", "of the newest attempt, e.g. 503"},
    {"--since", "TIME", "accepted at or after: 2026-11-21T20:00:00Z, or how long ago: 2h"},
    {"--until", "TIME", "accepted before"},
    {"--q", "PREFIX", "how the id, the subject or the URL begins"},
    {"--order", "ORDER",
     "created or updated, newest first, or next_attempt: what waits, soonest first"},
    {"--reverse", "", "the other way round"},
    {"--limit", "N", "at most so many (default 50)"},
    {"--count", "", "only how many there are"},
}};

Table tableFor() {
    return Table({{.title = "ID"},
                  {.title = "STATUS"},
                  {.title = "ATTEMPTS", .right = true, .optional = 3},
                  {.title = "LAST"},
                  {.title = "NEXT", .optional = 1},
                  {.title = "AGE", .right = true},
                  {.title = "ENDPOINT", .shrinks_to = 16, .keep = Keep::kEnd},
                  {.title = "SUBJECT", .shrinks_to = 14, .keep = Keep::kBothEnds, .optional = 2},
                  {.title = "CLIENT", .shrinks_to = 8, .optional = 4}});
}

std::string nextOf(const DeliveryView& delivery, Timestamp now) {
    if (!delivery.next_attempt_at) return "";
    if (!delivery.held_by.empty()) return "held";
    if (*delivery.next_attempt_at <= now) return "due";
    return "in " + shortDuration(*delivery.next_attempt_at - now);
}

void addRow(Table& table, const DeliveryView& delivery, Timestamp now) {
    table.add({{delivery.id},
               {delivery.status, styleOf(delivery)},
               {std::to_string(delivery.attempt_count)},
               {lastAnswer(delivery.last_attempt)},
               {nextOf(delivery, now)},
               {shortDuration(now - delivery.created_at)},
               {delivery.endpoint},
               {delivery.subject},
               {delivery.client}});
}

/// Collects up to `rows` deliveries, page by page; the cursor says whether there are more.
Result<Page<DeliveryView>> collectDeliveries(AdminApi& api, const DeliveryFilter& filter,
                                             PageRequest asked, std::uint64_t rows) {
    Page<DeliveryView> all;
    do {
        asked.limit = static_cast<std::uint32_t>(std::min(kListPageSize, rows - all.data.size()));
        asked.cursor = all.next_cursor;
        Result<Page<DeliveryView>> page = api.deliveries(filter, asked);
        if (!page.ok()) return page;
        for (DeliveryView& delivery : page.value().data)
            all.data.push_back(std::move(delivery));
        all.next_cursor = page.value().next_cursor;
    } while (!all.next_cursor.empty() && all.data.size() < rows);
    return all;
}

void printRows(Console& console, const Page<DeliveryView>& page, bool filtered, Timestamp now) {
    if (page.data.empty()) {
        console.out() << (filtered ? "No delivery fits.\n" : "There are no deliveries yet.\n");
        return;
    }
    Table table = tableFor();
    for (const DeliveryView& delivery : page.data)
        addRow(table, delivery, now);
    table.print(console);
    if (!page.next_cursor.empty()) {
        console.out() << console.styled(Style::kDim, "There are more: --limit N shows them.")
                      << '\n';
    }
}

/// Who looks for a response's callback that there is not is told why.
void explainNone(AdminApi& api, const DeliveryFilter& filter, Console& console) {
    const std::string& id = filter.subject.empty() ? filter.q : filter.subject;
    if (!id.empty()) console.complain(whyNoDelivery(api, id));
}

int count(AdminApi& api, const DeliveryFilter& filter, bool json, Console& console) {
    const auto found = api.countDeliveries(filter);
    if (!found.ok()) return refused(console, found.refusal());
    const std::string number = std::to_string(*found);
    console.out() << (json ? R"({"count":)" + number + "}" : number) << '\n';
    return kDone;
}

int runList(const Arguments& arguments, Console& console) {
    const Timestamp now = systemClock().now().wall;
    Result<DeliveryFilter> filter = filterFrom(arguments, now);
    if (!filter.ok()) return wrongUsage(console, "list", filter.refusal().message);
    const auto limit = arguments.number("--limit", 1, kListMostRows, kListDefaultRows);
    if (!limit.ok()) return wrongUsage(console, "list", limit.refusal().message);
    const auto order = deliveryOrderFrom(arguments.valueOr("--order", "created"));
    if (!order) return wrongUsage(console, "list", "--order is created, updated or next_attempt.");
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "list", "list takes one text to look for.");
    }
    if (!arguments.operands().empty()) filter.value().q = arguments.operands().front();

    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    if (arguments.has("--count"))
        return count(*target.api, *filter, arguments.has("--json"), console);
    const auto page = collectDeliveries(
        *target.api, *filter, {.order = *order, .reverse = arguments.has("--reverse")}, *limit);
    if (!page.ok()) return refused(console, page.refusal());
    if (arguments.has("--json")) {
        for (const DeliveryView& delivery : page->data)
            console.out() << toJson(delivery) << '\n';
    } else {
        printRows(console, *page, !isEmpty(*filter), now);
    }
    if (page->data.empty()) explainNone(*target.api, *filter, console);
    return kDone;
}

}  // namespace

const Command kListCommand = {
    .name = "list",
    .operands = "[TEXT]",
    .summary = "deliveries, newest first",
    .details =
        "Lists deliveries, newest first if not said otherwise. TEXT finds those whose id, subject "
        "(of a completion callback: the response's id) or URL begins with it. Filters are joined "
        "by \"and\".",
    .options = kListOptions,
    .examples =
        "waybill list --status failed --since 2h\n"
        "waybill list resp_01h8xgbd2v3m4n5p6q7r8s9t0v\n"
        "waybill list --endpoint https://example.com:443 --reason timeout\n"
        "waybill list --order next_attempt --limit 10\n"
        "waybill list --status failed --limit 1000 --json | jq -r .id | xargs waybill "
        "redeliver",
    .run = runList};

}  // namespace waybill::cli
