// waybill cancel
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kOptions = {{
    {"--reason", "TEXT", "why, for the log"},
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

int run(const Arguments& arguments, Console& console) {
    if (arguments.operands().empty()) {
        return wrongUsage(console, "cancel", "Which delivery? cancel takes its id.");
    }
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    int code = kDone;
    for (const std::string& id : arguments.operands()) {
        const auto delivery = target.api->cancel(id, arguments.valueOr("--reason", ""));
        if (delivery.ok()) {
            report(console, *delivery, arguments.has("--json"));
        } else {
            console.complain(id + ": " + delivery.refusal().message);
            code = kFailed;
        }
    }
    return code;
}

}  // namespace

const Command kCancelCommand = {
    .name = "cancel",
    .operands = "ID…",
    .summary = "end deliveries that are not finished",
    .details = "Ends each delivery: no further attempt is made. It can be re-delivered later.",
    .options = kOptions,
    .examples = "waybill cancel dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --reason \"wrong customer\"",
    .run = run};

}  // namespace waybill::cli
