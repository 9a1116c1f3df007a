// waybill check
#include <algorithm>
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/target.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kOptions = {{
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

int run(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() != 1) {
        return wrongUsage(console, "check", "Which URL? check takes one.");
    }
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;
    const auto check = target.api->check(arguments.operands().front(), arguments.has("--send"));
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
    .operands = "URL",
    .summary = "what would happen to a callback to a URL",
    .details =
        "Has the daemon try a URL as it would for a callback: is it well formed, where does its "
        "name lead, may that address be reached, does it answer, does TLS verify. Nothing is sent "
        "without --send. Exit code 1 says that a callback would fail.",
    .options = kOptions,
    .examples =
        "waybill check https://example.com/hook\n"
        "waybill check https://example.com/hook --send",
    .run = run};

}  // namespace waybill::cli
