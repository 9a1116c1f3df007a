// waybill check
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/named_delivery.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 2> kCheckOptions = {{
    {"--delivery", "ID",
     "in place of a URL: that of a delivery. With --send its token and signatures go with the "
     "test"},
    {"--send", "", "a test POST too, which the receiver sees"},
}};

void print(Console& console, const CheckView& check) {
    for (const CheckStep& step : check.steps) {
        const std::string mark =
            step.ok ? console.styled(Style::kGood, "✓") : console.styled(Style::kBad, "✗");
        const std::string padding(std::max<std::size_t>(step.name.size(), 8) - step.name.size(),
                                  ' ');
        console.out() << mark << ' ' << printable(step.name) << padding << ' '
                      << printable(step.explanation) << '\n';
    }
    console.out() << '\n';
    console.paragraph(printable(check.summary), 0, check.ok ? Style::kGood : Style::kBad);
}

Result<CheckView> checkNamed(AdminApi& api, const std::string& id, bool send) {
    const auto delivery = deliveryNamed(api, id);
    if (!delivery.ok()) return delivery.refusal();
    return api.checkDelivery(*delivery, send);
}

int runCheck(const Arguments& arguments, Console& console) {
    const auto delivery = arguments.value("--delivery");
    if (arguments.operands().size() != (delivery ? 0 : 1)) {
        return wrongUsage(console, "check", "Which URL? check takes one, or a --delivery.");
    }
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;
    const bool send = arguments.has("--send");
    const auto check = delivery ? checkNamed(*target.api, *delivery, send)
                                : target.api->check(arguments.operands().front(), send);
    if (!check.ok()) return refused(console, check.refusal());
    if (arguments.has("--json")) {
        console.out() << toJson(*check) << '\n';
    } else {
        print(console, *check);
    }
    return check->ok ? kDone : kFailed;
}

}  // namespace

const Command kCheckCommand = {
    .name = "check",
    .operands = "[URL]",
    .summary = "what would happen to a callback to a URL",
    .details =
        "Has the daemon try a URL as it would for a callback: is it well formed, where does its "
        "name lead, may that address be reached, does it answer, does TLS verify. Nothing is sent "
        "without --send. --delivery ID tries where a delivery goes; its token is used and never "
        "shown. "
        "Exit code 1 says that a callback would fail.",
    .options = kCheckOptions,
    .examples =
        "waybill check https://example.com/hook\n"
        "waybill check https://example.com/hook --send\n"
        "waybill check --delivery dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --send",
    .run = runCheck};

}  // namespace waybill::cli
