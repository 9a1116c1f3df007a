#include "cli/help.h"

#include <algorithm>
#include <ostream>

namespace waybill::cli {
namespace {

constexpr std::size_t kHelpIndent = 2;
constexpr std::size_t kNarrowest = 30;  // of the right column
constexpr std::size_t kWidth = 100;     // where there is no terminal

struct HelpEntry {
    std::string name;
    std::string_view help;
};

void printEntries(Console& console, const std::vector<HelpEntry>& entries) {
    std::size_t width = 0;
    for (const HelpEntry& entry : entries)
        width = std::max(width, columnsOf(entry.name));
    const std::size_t indent = kHelpIndent + width + 2;
    const std::size_t columns = console.width() == 0 ? kWidth : console.width();
    for (const HelpEntry& entry : entries) {
        std::string left = std::string(kHelpIndent, ' ') + entry.name;
        for (const std::string& line :
             brokenIntoLines(entry.help, std::max(columns, indent + kNarrowest) - indent)) {
            left.append(indent - columnsOf(left), ' ');
            console.out() << left << line << '\n';
            left.clear();
        }
    }
}

void printTitle(Console& console, std::string_view title) {
    console.out() << '\n' << console.styled(Style::kBold, title) << '\n';
}

void printOptions(Console& console, std::string_view title, std::span<const Option> options) {
    printTitle(console, title);
    std::vector<HelpEntry> entries;
    for (const Option& option : options) {
        std::string name(option.name);
        if (!option.value.empty()) (name += ' ') += option.value;
        entries.push_back({std::move(name), option.help});
    }
    printEntries(console, entries);
}

void printExamples(Console& console, std::string_view examples) {
    printTitle(console, "Examples");
    while (!examples.empty()) {
        const std::size_t end = std::min(examples.find('\n'), examples.size());
        console.out() << std::string(kHelpIndent, ' ') << examples.substr(0, end) << '\n';
        examples.remove_prefix(std::min(end + 1, examples.size()));
    }
}

}  // namespace

void printHelp(Console& console) {
    console.out() << "waybill: see what became of callbacks, and send them again.\n\n"
                     "Usage: waybill [OPTION…] COMMAND [OPTION…] [OPERAND…]\n";
    printTitle(console, "Commands");
    std::vector<HelpEntry> entries;
    for (const Command* command : commands()) {
        std::string name(command->name);
        if (!command->operands.empty()) (name += ' ') += command->operands;
        entries.push_back({std::move(name), command->summary});
    }
    printEntries(console, entries);
    printOptions(console, "Options", commonOptions());
    printExamples(console,
                  "waybill list --status failed --since 1h\n"
                  "waybill show dlv_01h8xgbd2v3m4n5p6q7r8s9t0v\n"
                  "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --reason \"receiver mended\"\n"
                  "waybill listen --port 8765");
    console.out() << '\n';
    console.paragraph(
        "Without --server and --log it finds the daemon that works on ./waybill-data; where none "
        "runs, commands that only read take the log itself. Exit code: 0 done, 1 failed, 2 wrong "
        "usage.",
        0);
}

void printHelp(Console& console, const Command& command) {
    console.out() << "Usage: waybill " << command.name;
    if (!command.operands.empty()) console.out() << ' ' << command.operands;
    console.out() << " [OPTION…]\n\n";
    console.paragraph(command.details, 0);
    if (!command.options.empty()) printOptions(console, "Options", command.options);
    printOptions(console, "Options of every command", commonOptions());
    printExamples(console, command.examples);
}

}  // namespace waybill::cli
