// Which daemon, or which log, the tool speaks about.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "waybill/admin_api.h"

namespace waybill::cli {

/// What the command is going to do: only a daemon can act.
enum class Purpose { kRead, kAct };

/// From `--server` and `--token-file`, or `--log`, or a data directory: the daemon that holds it,
/// else (to read) its log; a note on the console says so. Null: it complained, and `exit_code` says
/// how the tool ends. Throws Poco::Exception like the interface it makes.
struct Target {
    std::unique_ptr<AdminApi> api;
    int exit_code = kDone;
};

Target findTarget(const Arguments& arguments, Purpose purpose, Console& console);

/// `path`, or `waybill.db` in it where it is a directory.
std::string logFileAt(const std::string& path);

/// The log file named by the first operand, by `--log`, or in the data directory, for commands that
/// need the file itself. Empty: there is none, and it complained.
std::string findLogFile(const Arguments& arguments, Console& console);

}  // namespace waybill::cli
