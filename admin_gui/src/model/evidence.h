// What is handed to others: a request as cURL, a screen as a command.
#pragma once

#include <string>

#include "model/snapshot.h"
#include "model/state.h"

namespace waybill::gui {

/// The callback as a curl command, with the headers of the newest attempt whose headers are on
/// record. The token is never known here; its place says so. A payload that is text and not over
/// 64 KiB is in the command, another is read from a file that `waybill payload` makes.
std::string curlCommand(const OpenDelivery& open);

/// The command line that shows what the view shows. `waybill`: the tool with what tells it where
/// to look.
std::string cliCommand(const State& state, const std::string& waybill, Timestamp now);

}  // namespace waybill::gui
