// What a command of the tool is.
#pragma once

#include <span>
#include <string_view>

#include "cli/arguments.h"
#include "cli/console.h"
#include "waybill/result.h"

namespace waybill::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

struct Command {
    std::string_view name;
    std::string_view operands;  ///< how they are written in the help: `ID…`
    std::string_view summary;   ///< a line for the list of commands
    std::string_view details;   ///< a paragraph for its own help
    std::span<const Option> options;
    std::string_view examples;  ///< lines, each a command that works
    /// Runs it and returns the exit code. A Poco::Exception is reported by the caller and means
    /// kFailed; a ConfigError, kWrongUsage.
    int (*run)(const Arguments& arguments, Console& console);
};

/// Every command, in the order of the help.
std::span<const Command* const> commands();

/// One of them, or null.
const Command* findCommand(std::string_view name);

/// The options that every command takes.
std::span<const Option> commonOptions();

/// Complains about the input, says where help is, and returns kWrongUsage.
int wrongUsage(Console& console, std::string_view command, std::string_view message);

/// Complains with the words of the refusal, and returns kFailed.
int refused(Console& console, const Refusal& refusal);

// One file each.
extern const Command kBulkCommand;
extern const Command kCancelCommand;
extern const Command kCheckCommand;
extern const Command kEndpointsCommand;
extern const Command kEventsCommand;
extern const Command kExportCommand;
extern const Command kHeadCommand;
extern const Command kListCommand;
extern const Command kListenCommand;
extern const Command kPayloadCommand;
extern const Command kPauseCommand;
extern const Command kRebuildCommand;
extern const Command kRedeliverCommand;
extern const Command kResponsesCommand;
extern const Command kResumeCommand;
extern const Command kShowCommand;
extern const Command kStatsCommand;
extern const Command kTailCommand;
extern const Command kVerifyCommand;

}  // namespace waybill::cli
