// waybill head
#include <ostream>

#include "cli/command.h"
#include "cli/target.h"
#include "waybill/json_quote.h"
#include "waybill/sqlite/log_file_admin_api.h"

namespace waybill::cli {
namespace {

int runHead(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() > 1) return wrongUsage(console, "head", "head takes one file.");
    const std::string file = findLogFile(arguments, console);
    if (file.empty()) return kFailed;
    const auto info = sqlite::makeLogFileAdminApi(file)->info();
    if (!info.ok()) return refused(console, info.refusal());
    if (arguments.has("--json")) {
        console.out() << R"({"head":")" << info->head_hash << R"(","global_position":)"
                      << info->head_position << R"(,"log_id":)" << jsonQuote(info->log_id) << "}\n";
    } else {
        console.out() << info->head_hash << "  " << info->head_position << " events, log "
                      << printable(info->log_id) << '\n';
    }
    return kDone;
}

}  // namespace

const Command kHeadCommand = {
    .name = "head",
    .operands = "[FILE]",
    .summary = "the newest hash of a log, to be noted elsewhere",
    .details =
        "Prints the hash of the newest event, how many events there are, and the log's id. "
        "Kept in another place, the hash proves later that nothing was removed from the end "
        "(waybill verify --expect-head). Without FILE: the log of ./waybill-data.",
    .options = {},
    .examples =
        "waybill head waybill-data/waybill.db\n"
        "waybill head | cut -d' ' -f1 > head.txt",
    .run = runHead};

}  // namespace waybill::cli
