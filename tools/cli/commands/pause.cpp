// waybill pause, waybill resume
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/delivery_words.h"
#include "cli/target.h"
#include "waybill/endpoint.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kPauseOptions = {{
    {"--reason", "TEXT", "why, for the log"},
}};

constexpr std::string_view kEveryWord = "all";

std::string waitingText(const EndpointView& endpoint) {
    if (endpoint.pending == 0) return "";
    return "; " + grouped(endpoint.pending) +
           (endpoint.pending == 1 ? " delivery waits" : " deliveries wait");
}

void report(Console& console, const EndpointView& endpoint, bool json) {
    if (json) {
        console.out() << toJson(endpoint) << '\n';
        return;
    }
    const bool all = endpoint.endpoint == kEveryEndpoint;
    console.out() << (all ? "all endpoints" : printable(endpoint.endpoint)) << "  "
                  << (!endpoint.paused ? "resumed: attempts go on"
                      : all            ? "paused: attempts wait until they are resumed"
                                       : "paused: attempts wait until it is resumed")
                  << waitingText(endpoint) << '\n';
}

int change(const Arguments& arguments, Console& console, bool pause) {
    const std::string_view name = pause ? "pause" : "resume";
    if (arguments.operands().empty()) {
        return wrongUsage(console, name,
                          "Which endpoint? Give scheme://host:port, or the word all.");
    }
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;
    const std::string reason = arguments.valueOr("--reason", "");
    int code = kDone;
    for (const std::string& operand : arguments.operands()) {
        const std::string endpoint = operand == kEveryWord ? std::string(kEveryEndpoint) : operand;
        const auto changed = pause ? target.api->pauseEndpoint(endpoint, reason)
                                   : target.api->resumeEndpoint(endpoint, reason);
        if (changed.ok()) {
            report(console, *changed, arguments.has("--json"));
        } else {
            console.complain(operand + ": " + changed.refusal().message);
            code = kFailed;
        }
    }
    return code;
}

int runPause(const Arguments& arguments, Console& console) {
    return change(arguments, console, true);
}

int runResume(const Arguments& arguments, Console& console) {
    return change(arguments, console, false);
}

}  // namespace

const Command kPauseCommand = {
    .name = "pause",
    .operands = "ENDPOINT…",
    .summary = "hold the attempts to an endpoint",
    .details =
        "Attempts to the endpoint (scheme://host:port, or the word all for every one) wait from "
        "now on, also across restarts, until it is resumed. Nothing is lost: deliveries are still "
        "accepted, and what waits is shown as held.",
    .options = kPauseOptions,
    .examples =
        "waybill pause https://example.com:443 --reason \"receiver is being moved\"\n"
        "waybill pause all --reason \"wrong payloads went out\"",
    .run = runPause};

const Command kResumeCommand = {
    .name = "resume",
    .operands = "ENDPOINT…",
    .summary = "let the attempts to an endpoint go on",
    .details = "Ends a pause. What became due meanwhile goes out at once, gently at first.",
    .options = kPauseOptions,
    .examples =
        "waybill resume https://example.com:443\n"
        "waybill resume all",
    .run = runResume};

}  // namespace waybill::cli
