// waybill rebuild
#include <ostream>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/target.h"
#include "waybill/printable.h"
#include "waybill/sqlite/rebuild.h"

namespace waybill::cli {
namespace {

int runRebuild(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() > 1) {
        return wrongUsage(console, "rebuild", "rebuild takes one file.");
    }
    const std::string file = findLogFile(arguments, console);
    if (file.empty()) return kFailed;
    const sqlite::RebuildReport report = sqlite::rebuild(file);
    if (arguments.has("--json")) {
        const nlohmann::ordered_json json{
            {"events", report.events}, {"streams", report.streams}, {"left_out", report.left_out}};
        console.out() << printableJson(
                             json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
                      << '\n';
    } else {
        console.out() << "Made anew from " << report.events << " events in " << report.streams
                      << " streams.\n";
        for (const std::string& stream : report.left_out) {
            console.out() << console.styled(Style::kWarn, "NOTE")
                          << "  left out: " << printable(stream)
                          << "; `waybill verify` says more\n";
        }
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
        "interrupted. A stream with an event that cannot be read is left out and named; all others "
        "are made, and the exit code is 0. Refuses while a daemon holds the log. Without FILE: the "
        "log of "
        "./waybill-data.",
    .options = {},
    .examples =
        "waybill rebuild waybill-data/waybill.db\n"
        "waybill rebuild && waybill verify",
    .run = runRebuild};

}  // namespace waybill::cli
