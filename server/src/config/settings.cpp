#include "config/settings.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "config/option_table.h"
#include "waybill/errors.h"
#include "waybill/private_files.h"
#include "waybill/version.h"

namespace waybill::server {
namespace {

constexpr std::string_view kVariablePrefix = "WAYBILL_";
constexpr std::string_view kConfigOption = "config";

using Given = std::map<std::string_view, Setting>;

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// `max-retries` → `WAYBILL_MAX_RETRIES`.
std::string variableName(std::string_view option) {
    std::string name(kVariablePrefix);
    for (const char c : option)
        name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(c)));
    return name;
}

/// The inverse, for looking a variable up among the options.
std::string optionName(std::string_view variable) {
    std::string name;
    for (const char c : variable.substr(kVariablePrefix.size()))
        name.push_back(c == '_' ? '-' : static_cast<char>(std::tolower(c)));
    return name;
}

/// `; did you mean listen?`, or nothing.
std::string suggestion(const std::string& spelled) {
    return spelled.empty() ? "" : "; did you mean " + spelled + "?";
}

std::string suggestedVariable(std::string_view name) {
    const std::string nearest = nearestOption(name);
    const bool variable = findOption(nearest) != nullptr || nearest == kConfigOption;
    return suggestion(variable ? variableName(nearest) : "");
}

std::string suggestedArgument(std::string_view name) {
    const std::string nearest = nearestOption(name);
    return suggestion(nearest.empty() ? "" : "--" + nearest);
}

void appendValues(const Option& option, const std::string& text, Setting& setting) {
    if (!option.repeatable) {
        setting.values = {text};
        return;
    }
    for (std::string_view rest = text;;) {
        const std::size_t comma = rest.find(',');
        setting.values.push_back(trimmed(rest.substr(0, comma)));
        if (comma == std::string_view::npos) return;
        rest.remove_prefix(comma + 1);
    }
}

void give(const Option& option, const std::string& text, const std::string& source, Given& given) {
    Setting& setting = given[option.name];
    setting.source = source;
    appendValues(option, text, setting);
}

/// A line of the file without its comment: `#` at the start or behind white space.
std::string_view withoutComment(std::string_view line) {
    for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
    return line;
}

Given readFile(const std::string& file) {
    const std::string problem = problemOfNamedFile(file, FileUse::kNamedData);
    if (!problem.empty()) throw ConfigError("config " + problem);
    std::ifstream in(file);
    if (!in) throw ConfigError("config " + file + " cannot be read");
    Given given;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        const std::string text = trimmed(withoutComment(line));
        if (text.empty()) continue;
        const std::string place = file + " line " + std::to_string(number);
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) throw ConfigError(place + ": write key = value");
        const std::string name = trimmed(text.substr(0, equals));
        const Option* option = findOption(name);
        if (option == nullptr)
            throw ConfigError(place + ": unknown key " + name + suggestion(nearestOption(name)));
        if (given.count(option->name) != 0 && !option->repeatable)
            throw ConfigError(place + ": " + name + " is given twice");
        give(*option, trimmed(text.substr(equals + 1)), place, given);
    }
    return given;
}

Given readEnvironment(const Environment& environment, std::vector<std::string>& warnings) {
    Given given;
    for (const auto& [variable, value] : environment) {
        if (!variable.starts_with(kVariablePrefix)) continue;
        const std::string name = optionName(variable);
        if (const Option* option = findOption(name); option && variableName(name) == variable)
            give(*option, value, variable, given);
        else if (name != kConfigOption)
            warnings.push_back("the environment variable " + variable + " means nothing here" +
                               suggestedVariable(name));
    }
    return given;
}

/// The command line as it was given.
struct CommandLine {
    Action action = Action::kServe;
    std::optional<std::string> config;
    Given given;
};

std::optional<Action> actionNamed(std::string_view name) {
    if (name == "help") return Action::kHelp;
    if (name == "version") return Action::kVersion;
    if (name == "print-config") return Action::kPrintConfig;
    if (name == "check-config") return Action::kCheckConfig;
    return std::nullopt;
}

CommandLine readCommandLine(const std::vector<std::string>& arguments) {
    CommandLine line;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (!argument.starts_with("--"))
            throw ConfigError("unknown argument " + argument +
                              "; options begin with --, see --help");
        const std::size_t equals = argument.find('=');
        const std::string name =
            argument.substr(2, equals == std::string::npos ? equals : equals - 2);
        if (const std::optional<Action> action = actionNamed(name);
            action && equals == std::string::npos) {
            line.action = *action;
            continue;
        }
        const Option* option = findOption(name);
        if (option == nullptr && name != kConfigOption)
            throw ConfigError("unknown option --" + name + suggestedArgument(name));
        std::string value;
        if (equals != std::string::npos)
            value = argument.substr(equals + 1);
        else if (option != nullptr && option->value.empty())
            value = "true";
        else if (i + 1 < arguments.size())
            value = arguments[++i];
        else
            throw ConfigError("--" + name + " needs a value; see --help");
        if (option != nullptr)
            give(*option, value, "command line", line.given);
        else
            line.config = value;
    }
    return line;
}

/// What stands in `over` takes the place of what stands in `under`, option by option.
void overlay(Given& under, Given over) {
    for (auto& [name, setting] : over)
        under[name] = std::move(setting);
}

std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values)
        text += (text.empty() ? "" : ",") + value;
    return text;
}

/// What holds for an option that was not given because of others; empty: nothing.
std::string followingDefault(std::string_view option, const ServerOptions& options) {
    if (option == "drain-timeout") return formatDuration(options.drainTimeout());
    if (option == "max-in-flight-per-client") return std::to_string(options.maxInFlightPerClient());
    if (option == "admin-token-file") return options.adminTokenFile();
    return "";
}

/// `text` behind `head`, in lines of at most 100 columns; all but the first begin where it began.
void appendHanging(std::string head, std::string_view text, std::string& out) {
    constexpr std::size_t kWidth = 100;
    const std::size_t indent = head.size();
    while (indent + text.size() > kWidth) {
        const std::size_t space = text.rfind(' ', kWidth - indent);
        if (space == std::string_view::npos) break;
        out.append(head).append(text.substr(0, space)).append("\n");
        text.remove_prefix(space + 1);
        head.assign(indent, ' ');
    }
    out.append(head).append(text).append("\n");
}

}  // namespace

Environment processEnvironment() {
    Environment environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos)
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

Settings readSettings(const std::vector<std::string>& arguments, const Environment& environment) {
    CommandLine line = readCommandLine(arguments);
    Settings settings;
    settings.action = line.action;
    if (settings.action == Action::kHelp || settings.action == Action::kVersion) return settings;
    for (const Option& option : optionTable()) {
        settings.given[option.name].source = "default";
        if (!option.default_text.empty())
            give(option, std::string(option.default_text), "default", settings.given);
    }
    const auto variable = environment.find(variableName(kConfigOption));
    if (!line.config && variable != environment.end() && !variable->second.empty())
        line.config = variable->second;
    if (line.config) overlay(settings.given, readFile(*line.config));
    overlay(settings.given, readEnvironment(environment, settings.warnings));
    overlay(settings.given, std::move(line.given));
    return settings;
}

ServerOptions makeOptions(const Settings& settings) {
    ServerOptions options;
    options.retry_policy.delays.clear();
    for (const Option& option : optionTable()) {
        const Setting& setting = settings.given.at(option.name);
        for (const std::string& value : setting.values) {
            try {
                option.apply(value, options);
            } catch (const ConfigError& error) {
                throw ConfigError(std::string(option.name) + " (" + setting.source +
                                  "): " + error.message());
            }
        }
    }
    checkTogether(options);
    return options;
}

std::string helpText() {
    std::string text =
        "waybilld " + std::string(version()) +
        "\n"
        "Serves OpenAI- and Anthropic-compatible APIs in front of a backend and delivers "
        "completion\n"
        "callbacks, with retries, from an append-only log.\n\n"
        "Usage: waybilld [OPTION…]\n\n"
        "Each option is also a WAYBILL_… variable (WAYBILL_MAX_RETRIES) and a key in --config "
        "FILE\n"
        "(max-retries = 5); the command line counts most, then the environment, then the file.\n"
        "Durations: 250ms, 5s, 5m, 2h, 1d.\n\n";
    const auto line = [&](std::string_view name, std::string_view value, std::string_view meaning,
                          std::string_view default_text) {
        std::string head = "  --" + std::string(name);
        if (!value.empty()) head.append(" ").append(value);
        head.resize(std::max<std::size_t>(head.size() + 2, 35), ' ');
        std::string what(meaning);
        if (!default_text.empty() && !value.empty())
            what.append(" (default: ").append(default_text).append(")");
        appendHanging(head, what, text);
    };
    for (const Option& option : optionTable())
        line(option.name, option.value,
             std::string(option.meaning) + (option.repeatable ? "; repeatable" : ""),
             option.default_text);
    line("config", "FILE", "read `key = value` lines from a file", "");
    line("print-config", "", "show every effective value and where it came from, and exit", "");
    line("check-config", "", "only check the configuration", "");
    line("help", "", "show this", "");
    line("version", "", "show the version", "");
    return text;
}

std::string printedConfig(const Settings& settings, const ServerOptions& options) {
    std::string text;
    for (const Option& option : optionTable()) {
        const Setting& setting = settings.given.at(option.name);
        const bool unset = setting.values.empty();
        std::string entry = (unset ? "# " : "") + std::string(option.name) + " = ";
        entry += unset ? followingDefault(option.name, options) : joined(setting.values);
        entry.resize(std::max<std::size_t>(entry.size() + 2, 45), ' ');
        text.append(entry).append("# ").append(setting.source).append("\n");
    }
    return text;
}

}  // namespace waybill::server
