// waybill: the operator's command line.
#include <Poco/Exception.h>

#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/help.h"
#include "waybill/errors.h"
#include "waybill/private_memory.h"
#include "waybill/standard_streams.h"
#include "waybill/text_check.h"
#include "waybill/version.h"

namespace waybill::cli {
namespace {

int printVersion(Console& console) {
    console.out() << "waybill " << version() << '\n';
    return kDone;
}

/// What is recorded is checked before anybody is asked, as the daemon does.
std::optional<std::string> problemOf(const Arguments& arguments) {
    const auto actor = arguments.value("--actor");
    if (const auto problem = actor ? nameProblem(*actor) : std::nullopt)
        return "--actor " + *problem + ".";
    if (const auto problem = textProblem(arguments.valueOr("--reason", ""), SIZE_MAX))
        return "--reason " + *problem + ".";
    return std::nullopt;
}

int runCommand(const Command& command, std::span<const std::string> words, Console& console) {
    std::vector<Option> options(commonOptions().begin(), commonOptions().end());
    options.insert(options.end(), command.options.begin(), command.options.end());
    const Result<Arguments> arguments = parseArguments(words, options);
    if (!arguments.ok()) return wrongUsage(console, command.name, arguments.refusal().message);
    if (arguments->has("--help")) {
        printHelp(console, command);
        return kDone;
    }
    if (arguments->has("--version")) return printVersion(console);
    if (const auto problem = problemOf(*arguments))
        return wrongUsage(console, command.name, *problem);
    return command.run(*arguments, console);
}

int runWithoutCommand(std::span<const std::string> words, Console& console) {
    const Result<Arguments> arguments = parseArguments(words, commonOptions());
    if (!arguments.ok()) return wrongUsage(console, "", arguments.refusal().message);
    if (arguments->has("--version")) return printVersion(console);
    if (arguments->has("--help")) {
        printHelp(console);
        return kDone;
    }
    return wrongUsage(console, "", "Which command?");
}

/// `words` without the program's name.
int run(std::vector<std::string> words, Console& console) {
    const std::size_t at = firstOperand(words, commonOptions());
    if (at == words.size()) return runWithoutCommand(words, console);
    const std::string name = words[at];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
    if (name == "help") {
        words.push_back("--help");
        return run(std::move(words), console);
    }
    if (const Command* command = findCommand(name)) return runCommand(*command, words, console);
    std::vector<std::string_view> names;
    for (const Command* command : commands())
        names.push_back(command->name);
    return wrongUsage(console, "", unknownName("command", name, names));
}

int guardedRun(std::vector<std::string> words) {
    Console console = systemConsole();
    try {
        const int code = run(std::move(words), console);
        if (console.out().flush()) return code;
        if (readerHasLeft()) return code == kDone ? kFailed : code;  // it has what it wanted
        console.complain("Not all of the output could be written. Is the disk full?");
        return code == kDone ? kFailed : code;
    } catch (const ConfigError& error) {
        console.complain(error.message());
        return kWrongUsage;
    } catch (const Poco::Exception& error) {
        console.complain(error.message().empty() ? error.displayText() : error.message());
        return kFailed;
    } catch (const std::exception& error) {
        console.complain(error.what());
        return kFailed;
    }
}

}  // namespace
}  // namespace waybill::cli

int main(int argc, char** argv) {
    waybill::openStandardStreams();
    waybill::keepMemoryPrivate();
    return waybill::cli::guardedRun(std::vector<std::string>(argv + 1, argv + argc));
}
