// waybill rebuild
#include <ostream>

#include "cli/command.h"
#include "cli/target.h"
#include "waybill/sqlite/rebuild.h"

namespace waybill::cli {
namespace {

int run(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "rebuild", "rebuild takes one file.");
    }
    const std::string file = findLogFile(arguments, console);
    if (file.empty()) return kFailed;
    const sqlite::RebuildReport report = sqlite::rebuild(file);
    if (arguments.has("--json")) {
        console.out() << R"({"events":)" << report.events << R"(,"streams":)" << report.streams
                      << "}\n";
    } else {
        console.out() << "Made anew from " << report.events << " events in " << report.streams
                      << " streams.\n";
    }
    return kDone;
}

}  // namespace

const Command kRebuildCommand = {
    .name = "rebuild",
    .operands = "[FILE]",
    .summary = "make what is derived from a log anew",
    .details =
        "Makes the derived tables of a log, and the index beside it, anew from its events. "
        "Events, payloads, URLs and answers stay as they are. Nothing is lost when it is "
        "interrupted. Refuses while a daemon holds the log. Without FILE: the log of "
        "./waybill-data.",
    .options = {},
    .examples =
        "waybill rebuild waybill-data/waybill.db\n"
        "waybill rebuild && waybill verify",
    .run = run};

}  // namespace waybill::cli
