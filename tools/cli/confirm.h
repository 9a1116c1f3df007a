// Asks before something happens that many will notice.
#pragma once

#include <string_view>

#include "cli/console.h"

namespace waybill::cli {

enum class Consent { kGiven, kRefused, kCannotAsk };

/// Asks `question` and reads the answer from standard input. kCannotAsk where nobody is there:
/// input or output is no terminal.
Consent askConsent(Console& console, std::string_view question);

}  // namespace waybill::cli
