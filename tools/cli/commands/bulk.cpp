// waybill bulk
#include <array>
#include <ostream>

#include "cli/bulk_progress.h"
#include "cli/command.h"
#include "cli/target.h"
#include "waybill/clock.h"

namespace waybill::cli {
namespace {

constexpr std::uint64_t kBulkDefaultRows = 20;
constexpr std::uint64_t kBulkMostRows = 500;

constexpr std::array<Option, 5> kBulkOptions = {{
    {"--pause", "", "take no further delivery until it is resumed"},
    {"--resume", "", "go on"},
    {"--stop", "", "end it; what was sent again stays so"},
    {"--wait", "", "stay until it is over"},
    {"--limit", "N", "without an ID: at most so many (default 20)"},
}};

std::optional<BulkAction> actionIn(const Arguments& arguments) {
    if (arguments.has("--pause")) return BulkAction::kPause;
    if (arguments.has("--resume")) return BulkAction::kResume;
    if (arguments.has("--stop")) return BulkAction::kStop;
    return std::nullopt;
}

int list(const Arguments& arguments, Console& console) {
    const auto limit = arguments.number("--limit", 1, kBulkMostRows, kBulkDefaultRows);
    if (!limit.ok()) return wrongUsage(console, "bulk", limit.refusal().message);
    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    const auto page = target.api->bulkRedeliveries(static_cast<std::uint32_t>(*limit), "");
    if (!page.ok()) return refused(console, page.refusal());
    if (arguments.has("--json")) {
        for (const BulkView& bulk : page->data)
            console.out() << toJson(bulk) << '\n';
    } else {
        printBulks(console, *page, systemClock().now().wall);
    }
    return kDone;
}

int runBulk(const Arguments& arguments, Console& console) {
    const bool changes_one = actionIn(arguments) || arguments.has("--wait");
    if (arguments.operands().empty() && !changes_one) return list(arguments, console);
    if (arguments.operands().size() != 1) {
        return wrongUsage(console, "bulk", "Which one? bulk takes the id of one, blk_….");
    }
    if (arguments.has("--pause") + arguments.has("--resume") + arguments.has("--stop") > 1) {
        return wrongUsage(console, "bulk", "--pause, --resume and --stop exclude each other.");
    }
    const auto action = actionIn(arguments);
    const Target target = findTarget(arguments, action ? Purpose::kAct : Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    const std::string& id = arguments.operands().front();
    const auto bulk =
        action ? target.api->changeBulkRedelivery(id, *action) : target.api->bulkRedelivery(id);
    if (!bulk.ok()) return refused(console, bulk.refusal());
    if (arguments.has("--wait"))
        return watchBulk(*target.api, *bulk, console, arguments.has("--json"));
    if (arguments.has("--json")) {
        console.out() << toJson(*bulk) << '\n';
    } else {
        console.out() << printable(bulk->id) << "  " << progressOf(*bulk) << '\n';
    }
    return kDone;
}

}  // namespace

const Command kBulkCommand = {
    .name = "bulk",
    .operands = "[ID]",
    .summary = "re-deliveries of many: how far they are; hold one, end one",
    .details =
        "Lists bulk re-deliveries, newest first, whoever began them. With an ID (blk_…, as "
        "redeliver --filter has printed it) it shows how far that one is, or changes it. They go "
        "on by themselves, also across restarts of the daemon.",
    .options = kBulkOptions,
    .examples =
        "waybill bulk\n"
        "waybill bulk blk_01h8xgbd2v3m4n5p6q7r8s9t0v\n"
        "waybill bulk blk_01h8xgbd2v3m4n5p6q7r8s9t0v --pause\n"
        "waybill bulk blk_01h8xgbd2v3m4n5p6q7r8s9t0v --resume --wait",
    .run = runBulk};

}  // namespace waybill::cli
