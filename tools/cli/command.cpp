#include "cli/command.h"

#include <algorithm>
#include <array>
#include <string>

namespace waybill::cli {
namespace {

constexpr std::array kCommands = {
    &kListCommand,      &kShowCommand,   &kEventsCommand,    &kPayloadCommand, &kTailCommand,
    &kResponsesCommand, &kStatsCommand,  &kEndpointsCommand, &kCheckCommand,   &kRedeliverCommand,
    &kBulkCommand,      &kCancelCommand, &kPauseCommand,     &kResumeCommand,  &kVerifyCommand,
    &kRebuildCommand,   &kExportCommand, &kHeadCommand,      &kListenCommand};

constexpr std::array<Option, 10> kCommonOptions = {{
    {"--server", "URL", "the daemon to ask, e.g. http://127.0.0.1:8080"},
    {"--token-file", "FILE", "its operator token; by default admin.token beside the log"},
    {"--client-cert", "FILE", "TLS client certificate (PEM) for a daemon with --operator-ca"},
    {"--client-key", "FILE", "its key (PEM)"},
    {"--log", "FILE", "read this log and ask no daemon"},
    {"--data", "DIR", "a daemon's data directory; by default ./waybill-data"},
    {"--actor", "NAME", "who acts, for the log"},
    {"--json", "", "one JSON object a line, for programs"},
    {"--help", "", "this help; after a command, that command's"},
    {"--version", "", "the version"},
}};

}  // namespace

std::span<const Command* const> commands() {
    return kCommands;
}

const Command* findCommand(std::string_view name) {
    const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const Command* command) { return command->name == name; });
    return found == kCommands.end() ? nullptr : *found;
}

std::span<const Option> commonOptions() {
    return kCommonOptions;
}

int wrongUsage(Console& console, std::string_view command, std::string_view message) {
    std::string text(message);
    text += " Try: waybill ";
    if (!command.empty()) (text += command) += ' ';
    console.complain(text + "--help");
    return kWrongUsage;
}

int refused(Console& console, const Refusal& refusal) {
    console.complain(refusal.message);
    return kFailed;
}

}  // namespace waybill::cli
