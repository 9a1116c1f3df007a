// waybill bulk
#include <array>
#include <ostream>

#include "cli/bulk_progress.h"
#include "cli/command.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 4> kOptions = {{
    {"--pause", "", "take no further delivery until it is resumed"},
    {"--resume", "", "go on"},
    {"--stop", "", "end it; what was sent again stays so"},
    {"--wait", "", "stay until it is over"},
}};

std::optional<BulkAction> actionIn(const Arguments& arguments) {
    if (arguments.has("--pause")) return BulkAction::kPause;
    if (arguments.has("--resume")) return BulkAction::kResume;
    if (arguments.has("--stop")) return BulkAction::kStop;
    return std::nullopt;
}

int run(const Arguments& arguments, Console& console) {
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
    if (!bulk.ok()) {
        console.complain(bulk.refusal().message);
        return kFailed;
    }
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
    .operands = "ID",
    .summary = "a re-delivery of many: how far it is; hold it, end it",
    .details =
        "Shows how far a bulk re-delivery (blk_…, as redeliver --filter has printed it) is, or "
        "changes it. It goes on by itself, also across restarts of the daemon.",
    .options = kOptions,
    .examples =
        "waybill bulk blk_01h8xgbd2v3m4n5p6q7r8s9t0v\n"
        "waybill bulk blk_01h8xgbd2v3m4n5p6q7r8s9t0v --pause\n"
        "waybill bulk blk_01h8xgbd2v3m4n5p6q7r8s9t0v --resume --wait",
    .run = run};

}  // namespace waybill::cli
