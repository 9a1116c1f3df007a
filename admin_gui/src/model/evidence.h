// What is handed to others: a request as cURL, a screen as a command.
#pragma once

#include <string>

#include "model/snapshot.h"
#include "model/state.h"

namespace waybill::gui {

/// The callback as a curl command, with the headers of the newest attempt whose headers are on
/// record. The token is never known here; its place says so. A payload that is text and not over
/// 64 KiB is in the command, another comes from `waybill payload`. `waybill`: the tool with what
/// tells it where to look.
std::string curlCommand(const OpenDelivery& open, const std::string& waybill);

/// The command line that shows what the view shows: from the same source, the same rows in the same
/// order, the same time. Refused where there is none, with the reason: a command that shows
/// something else would be taken for the truth.
Result<std::string> cliCommand(const State& state, const Snapshot& seen, const std::string& waybill,
                               Timestamp now);

}  // namespace waybill::gui
