// waybill cancel
#include <array>
#include <ostream>

#include "cli/bulk_progress.h"
#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/filtered_request.h"
#include "cli/named_delivery.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 5> kCancelOptions = {{
    {"--reason", "TEXT", "why, for the log"},
    {"--filter", "FILTER",
     "all that match and are not finished, in place of ids: subject=x,since=2h, or the word all"},
    {"--dry-run", "", "only count what the filter matches"},
    {"--limit", "N", "of the filter's: at most so many, the oldest first"},
    {"--yes", "", "do not ask"},
}};

void report(Console& console, const DeliveryView& delivery, bool json) {
    if (json) {
        console.out() << toJson(delivery) << '\n';
        return;
    }
    const bool on_wire = delivery.last_attempt.attempt != 0 &&
                         delivery.last_attempt.status == AttemptStatus::kAttempting;
    console.out() << printable(delivery.id) << "  cancelled"
                  << (on_wire ? "; the attempt on the wire is still recorded, and a 2xx makes it "
                                "delivered"
                              : "; nothing more is sent")
                  << '\n';
}

void report(Console& console, const BulkView& bulk, bool json) {
    if (json) {
        console.out() << toJson(bulk) << '\n';
        return;
    }
    if (bulk.state == "dry_run") {
        console.out() << "This would cancel " << extentOf(bulk) << ".\n";
        return;
    }
    console.out() << grouped(bulk.done) << " cancelled";
    if (bulk.refused != 0)
        console.out() << "; " << grouped(bulk.refused) << " had finished meanwhile";
    console.out() << '\n';
}

int cancelFiltered(const Arguments& arguments, Console& console) {
    if (!arguments.operands().empty())
        return wrongUsage(console, "cancel", "--filter takes the place of ids.");
    Result<BulkRequest> request = filteredRequestFrom(arguments);
    if (!request.ok()) return wrongUsage(console, "cancel", request.refusal().message);
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    request.value().dry_run = true;
    const auto counted = target.api->cancelMany(*request);
    if (!counted.ok()) return refused(console, counted.refusal());
    if (arguments.has("--dry-run")) {
        report(console, *counted, arguments.has("--json"));
        return kDone;
    }
    const std::string what = "This cancels " + extentOf(*counted) + ".";
    if (const auto code = askToGoOn(arguments, console, "cancel", what)) return *code;
    request.value().dry_run = false;
    const auto cancelled = target.api->cancelMany(*request);
    if (!cancelled.ok()) return refused(console, cancelled.refusal());
    report(console, *cancelled, arguments.has("--json"));
    return kDone;
}

int runCancel(const Arguments& arguments, Console& console) {
    if (arguments.has("--filter")) return cancelFiltered(arguments, console);
    for (const std::string_view option : {"--dry-run", "--limit"}) {
        if (arguments.has(option))
            return wrongUsage(console, "cancel", std::string(option) + " goes with --filter.");
    }
    if (arguments.operands().empty()) {
        return wrongUsage(console, "cancel", "Which delivery? cancel takes its id, or a --filter.");
    }
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    return actOnEach(
        *target.api, arguments.operands(), console,
        [&](const StreamId& id) {
            return target.api->cancel(id, arguments.valueOr("--reason", ""));
        },
        [&](const DeliveryView& delivery) { report(console, delivery, arguments.has("--json")); });
}

}  // namespace

const Command kCancelCommand = {
    .name = "cancel",
    .operands = "ID…",
    .summary = "end deliveries that are not finished",
    .details =
        "Ends each delivery: no further attempt is made. It can be re-delivered later. ID is a "
        "delivery's, or that of the response whose callback it is. With "
        "--filter, all that match now; it says how many and asks.",
    .options = kCancelOptions,
    .examples =
        "waybill cancel dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --reason \"wrong customer\"\n"
        "waybill cancel --filter endpoint=https://old.example.com:443 --dry-run",
    .run = runCancel};

}  // namespace waybill::cli
