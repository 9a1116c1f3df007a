// waybill redeliver
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/target.h"
#include "cli/token_file.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 3> kOptions = {{
    {"--reason", "TEXT", "why, for the log"},
    {"--url", "URL", "a corrected URL; holds from now on"},
    {"--new-token-file", "FILE", "a corrected webhook token; holds from now on"},
}};

void report(Console& console, const DeliveryView& delivery, bool json) {
    if (json) {
        console.out() << toJson(delivery) << '\n';
        return;
    }
    // Its first attempt may have started before the daemon's answer was put together.
    const bool waits = delivery.next_attempt_at.has_value();
    console.out() << printable(delivery.id) << "  round " << delivery.round << " is open: attempt "
                  << delivery.attempt_count + (waits ? 1 : 0) << " goes to "
                  << printable(delivery.endpoint) << '\n';
}

int run(const Arguments& arguments, Console& console) {
    if (arguments.operands().empty()) {
        return wrongUsage(console, "redeliver", "Which delivery? redeliver takes its id.");
    }
    std::optional<std::string> token;
    if (const auto file = arguments.value("--new-token-file")) token = readTokenFile(*file);
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    int code = kDone;
    for (const std::string& id : arguments.operands()) {
        const auto delivery = target.api->redeliver(id, arguments.valueOr("--reason", ""),
                                                    arguments.value("--url"), token);
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

const Command kRedeliverCommand = {
    .name = "redeliver",
    .operands = "ID…",
    .summary = "send deliveries again",
    .details =
        "Opens a new round of attempts for each delivery, starting now. The receiver sees "
        "the same webhook-id, so that it can tell a repetition. A retry that is still "
        "pending is replaced. One that is refused does not keep the others from being "
        "re-delivered; the exit code is then 1.",
    .options = kOptions,
    .examples =
        "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --reason \"receiver mended\"\n"
        "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --url https://new.example.com/hook\n"
        "waybill list --status failed --since 1h --json | jq -r .id | xargs waybill "
        "redeliver",
    .run = run};

}  // namespace waybill::cli
