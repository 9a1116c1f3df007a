// Texts as they can be shown: nothing in them steers a terminal, and nothing in them is hidden.
#pragma once

#include <string>
#include <string_view>

namespace waybill {

/// The code point of a well-formed UTF-8 sequence (`utf8SequenceLength`).
char32_t codePointOf(std::string_view sequence);

/// Whether a character is not seen itself: the controls C0, DEL and C1 (ECMA-48), line and
/// paragraph separators, interlinear annotations, and what has Unicode's property
/// Default_Ignorable_Code_Point (DerivedCoreProperties.txt of Unicode 15): directional characters,
/// joiners and zero-width spaces, variation selectors, fillers and tags. Pure.
bool isUnseen(char32_t character);

/// `text` with every unseen character as `\u{202E}` and every byte that is not UTF-8 as `\x9B`.
/// Line breaks and tabs stay with `keep_lines`. For all that is printed or drawn as text, whoever
/// wrote it. A backslash stays as it is: this is for reading, not for reading back. Pure.
std::string printable(std::string_view text, bool keep_lines = false);

/// A JSON text (RFC 8259) of the same value, in which unseen characters are escaped (`\u202e`) and
/// what is not UTF-8 is U+FFFD, on one line. For JSON that was not written with `jsonQuote`. Pure.
std::string printableJson(std::string_view json);

/// The escape of a character inside a JSON string: `\n`, `\u202e`, or a pair of surrogates.
void appendJsonEscape(std::string& out, char32_t character);

}  // namespace waybill
