// Where settings come from and which one holds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace waybill::server {

/// What was given for one option, by the source that counts.
struct Setting {
    std::vector<std::string> values;
    std::string source;  ///< `command line`, `WAYBILL_LISTEN`, `waybill.conf line 3`, `default`
};

/// What the program was told to do.
enum class Action { kServe, kHelp, kVersion, kPrintConfig, kCheckConfig };

/// The program's arguments, environment and configuration file, put together: command line over
/// environment over file over default.
struct Settings {
    Action action = Action::kServe;
    std::map<std::string_view, Setting> given;  ///< by option name; every option has one
    std::vector<std::string> warnings;          ///< about `WAYBILL_…` variables that mean nothing
};

using Environment = std::map<std::string, std::string>;

/// The environment of this process.
Environment processEnvironment();

/// `arguments` without the program's name. Reads the file that `--config` or `WAYBILL_CONFIG`
/// names. Throws ConfigError for an unknown option or key (naming the nearest known one), a missing
/// value, or a file that cannot be read.
Settings readSettings(const std::vector<std::string>& arguments, const Environment& environment);

/// Every setting read into its place and checked, alone and together. Throws ConfigError naming the
/// option and its source.
ServerOptions makeOptions(const Settings& settings);

/// Text for `--help`.
std::string helpText();

/// `name = value  # source`, a line for each option, in a form that `--config` reads back.
/// `options` are those made of `settings`: what some settings are by default depends on others.
std::string printedConfig(const Settings& settings, const ServerOptions& options);

}  // namespace waybill::server
