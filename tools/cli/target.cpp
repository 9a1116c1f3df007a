#include "cli/target.h"

#include <filesystem>

#include "cli/token_file.h"
#include "waybill/errors.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/log_file_admin_api.h"

namespace waybill::cli {
namespace {

constexpr std::string_view kDefaultData = "./waybill-data";
constexpr std::string_view kLogName = "waybill.db";

std::string within(const std::string& directory, std::string_view name) {
    return (std::filesystem::path(directory) / name).string();
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

Target complain(Console& console, const std::string& message, int exit_code) {
    console.complain(message);
    return {nullptr, exit_code};
}

Target daemonAt(const Arguments& arguments, const std::string& server,
                const std::string& token_file) {
    return {makeHttpAdminApi({server, readTokenFile(token_file), arguments.valueOr("--actor", ""),
                              arguments.valueOr("--client-cert", ""),
                              arguments.valueOr("--client-key", "")})};
}

std::string noLogAt(const std::string& file) {
    return "There is no log at " + file +
           ". Name the file: waybill.db in the daemon's data directory.";
}

Target logFile(std::string file, Purpose purpose, Console& console) {
    if (!exists(file)) return complain(console, noLogAt(file), kFailed);
    if (purpose == Purpose::kAct) {
        return complain(console,
                        "A log file can be read, but only the daemon that writes it can act. Give "
                        "its address with --server URL --token-file FILE.",
                        kFailed);
    }
    return {sqlite::makeLogFileAdminApi(std::move(file))};
}

Target dataDirectory(const Arguments& arguments, const std::string& directory, Purpose purpose,
                     Console& console) {
    const auto holder = sqlite::lockHolder(directory);
    if (holder && !holder->url.empty()) {
        return daemonAt(arguments, holder->url,
                        arguments.valueOr("--token-file", within(directory, "admin.token")));
    }
    const std::string who = holder ? "The waybilld (pid " + std::to_string(holder->pid) + ") on " +
                                         directory + " is not serving yet"
                                   : "No waybilld runs on " + directory;
    if (purpose == Purpose::kAct) {
        return complain(console,
                        who +
                            ", so nothing can be done with its deliveries now. Start it with: "
                            "waybilld --data " +
                            directory,
                        kFailed);
    }
    console.complain(who + "; this is read from its log.");
    return {sqlite::makeLogFileAdminApi(within(directory, kLogName))};
}

}  // namespace

std::string logFileAt(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored) ? within(path, kLogName) : path;
}

Target findTarget(const Arguments& arguments, Purpose purpose, Console& console) {
    if (const auto file = arguments.value("--log")) {
        if (arguments.has("--server")) {
            return complain(console, "--log and --server exclude each other.", kWrongUsage);
        }
        return logFile(logFileAt(*file), purpose, console);
    }
    const std::string directory = arguments.valueOr("--data", kDefaultData);
    if (const auto server = arguments.value("--server")) {
        const std::string token_file =
            arguments.valueOr("--token-file", within(directory, "admin.token"));
        if (!arguments.has("--token-file") && !exists(token_file)) {
            return complain(console,
                            "--server needs the daemon's operator token: --token-file FILE (the "
                            "daemon keeps it in its data directory, in admin.token).",
                            kWrongUsage);
        }
        return daemonAt(arguments, *server, token_file);
    }
    if (!exists(within(directory, kLogName))) {
        return complain(console,
                        "There is no log in " + directory +
                            ". Say where to look: --data DIR, --server URL --token-file FILE, or "
                            "--log FILE.",
                        kWrongUsage);
    }
    return dataDirectory(arguments, directory, purpose, console);
}

std::string findLogFile(const Arguments& arguments, Console& console) {
    std::string file;
    if (!arguments.operands().empty()) {
        file = logFileAt(arguments.operands().front());
    } else if (const auto log = arguments.value("--log")) {
        file = logFileAt(*log);
    } else {
        file = within(arguments.valueOr("--data", kDefaultData), kLogName);
    }
    if (exists(file)) return file;
    console.complain(noLogAt(file));
    return {};
}

}  // namespace waybill::cli
