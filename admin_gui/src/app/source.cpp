#include "app/source.h"

#include <filesystem>
#include <fstream>

#include "model/query.h"
#include "waybill/errors.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/log_file_admin_api.h"
#include "waybill/sqlite/verify.h"

namespace waybill::gui {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultData = "./waybill-data";

bool exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::string within(const std::string& directory, const char* name) {
    return (fs::path(directory) / name).string();
}

/// As an argument of a command, which may be run from another directory.
std::string argument(const std::string& path) {
    std::error_code failed;
    const fs::path whole = fs::absolute(path, failed);
    return shellQuoted(failed ? path : whole.lexically_normal().string());
}

/// The first line, without white space around it. Throws ConfigError.
std::string readToken(const std::string& path) {
    std::ifstream file(path);
    std::string token;
    std::getline(file, token);
    const std::size_t begin = token.find_first_not_of(" \t\r");
    const std::size_t end = token.find_last_not_of(" \t\r");
    if (begin == std::string::npos) {
        throw ConfigError("The operator's token cannot be read from " + path +
                          ". Name the file with --token-file; the daemon keeps it in its data "
                          "directory, in admin.token.");
    }
    return token.substr(begin, end - begin + 1);
}

LogCheck verifyLog(const std::string& file) {
    const sqlite::VerifyReport report = sqlite::verify({file, {}});
    LogCheck check{report.sound(), report.events, {}};
    if (check.sound) {
        check.text = "Sound: " + std::to_string(report.events) + " events in " +
                     std::to_string(report.streams) + " streams, and " +
                     std::to_string(report.payloads) + " payloads.";
    } else {
        const sqlite::Finding& first = report.findings.front();
        check.text =
            "Broken at position " + std::to_string(first.global_position) + ": " + first.rule;
    }
    return check;
}

void useDaemon(const Options& options, const std::string& server, const std::string& token_file,
               DashboardOptions& dashboard) {
    dashboard.place = server;
    dashboard.place_comment = "from " + token_file;
    dashboard.command =
        "waybill --server " + shellQuoted(server) + " --token-file " + argument(token_file);
    if (!options.client_certificate.empty())
        dashboard.command += " --client-cert " + argument(options.client_certificate) +
                             " --client-key " + argument(options.client_key);
    // Read anew at each connection: a rotated token is taken up.
    dashboard.api = [server, token_file, certificate = options.client_certificate,
                     key = options.client_key](const std::string& actor) {
        return makeHttpAdminApi({server, readToken(token_file), actor, certificate, key});
    };
}

void useLog(const std::string& file, DashboardOptions& dashboard) {
    dashboard.place = file;
    dashboard.place_comment = "none is needed for a file";
    dashboard.command = "waybill --log " + argument(file);
    dashboard.api = [file](const std::string&) { return sqlite::makeLogFileAdminApi(file); };
    dashboard.verify = [file] { return verifyLog(file); };
}

std::string useDirectory(const Options& options, const std::string& directory,
                         DashboardOptions& dashboard) {
    const std::string file = within(directory, "waybill.db");
    if (!exists(file)) {
        return "There is no log in " + directory +
               ". Say where to look: --data DIR, --server URL --token-file FILE, or --log FILE.";
    }
    const auto holder = sqlite::lockHolder(directory);
    if (holder && !holder->url.empty()) {
        const std::string token =
            options.token_file.empty() ? within(directory, "admin.token") : options.token_file;
        useDaemon(options, holder->url, token, dashboard);
        if (options.token_file.empty() && options.client_certificate.empty())
            dashboard.command = "waybill --data " + argument(directory);
        dashboard.verify = [file] { return verifyLog(file); };
    } else {
        useLog(file, dashboard);
    }
    return {};
}

}  // namespace

std::string connect(const Options& options, DashboardOptions& dashboard) {
    const std::string directory = options.data.empty() ? kDefaultData : options.data;
    if (!options.log.empty()) {
        std::error_code ignored;
        const std::string file = fs::is_directory(options.log, ignored)
                                     ? within(options.log, "waybill.db")
                                     : options.log;
        if (!exists(file)) return "There is no file " + file + ".";
        useLog(file, dashboard);
        return {};
    }
    if (options.server.empty()) return useDirectory(options, directory, dashboard);
    const std::string token =
        options.token_file.empty() ? within(directory, "admin.token") : options.token_file;
    if (!exists(token)) {
        return "--server needs the operator's token: --token-file FILE (the daemon keeps it in its "
               "data directory, in admin.token).";
    }
    useDaemon(options, options.server, token, dashboard);
    return {};
}

}  // namespace waybill::gui
