// Keeps a delivery's token off the record when its receiver sends it back.
#pragma once

#include <string>

namespace waybill {

/// Replaces the token in what a receiver said: as it is, and with any of its characters as JSON
/// (`\/`, `\u002b`), a URL (`%2B`) or HTML (`&#43;`) may write it. `cut_off`: the text may end in
/// the middle of one, whose piece is replaced too. A few passes over `text`, whatever receiver and
/// client have chosen.
void maskToken(std::string& text, const std::string& token, bool cut_off);

}  // namespace waybill
