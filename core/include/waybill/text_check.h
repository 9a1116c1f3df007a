// Which texts of people are recorded: names, reasons, subjects.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace waybill {

inline constexpr std::size_t kMaxOperatorName = 128;  ///< in bytes
inline constexpr std::size_t kMaxClientName = 256;    ///< in bytes
inline constexpr std::size_t kMaxSubject = 256;       ///< in bytes
inline constexpr std::size_t kMaxReason = 1000;       ///< in bytes; what is longer is cut

/// What a text must be and is not, to follow its name in a sentence: `must be UTF-8`, `must not
/// hold U+202E …`. Nothing: it can be recorded.
///
/// Refused are control characters (U+0000–U+001F, U+007F–U+009F), line and paragraph separators
/// (U+2028, U+2029), and what changes how other text looks without being seen itself: the
/// directional characters of Unicode's UAX #9 (U+061C, U+200E, U+200F, U+202A–U+202E,
/// U+2066–U+2069), U+200B, U+2060–U+2065, U+206A–U+206F, U+FEFF, U+FFF9–U+FFFB and the tags
/// U+E0000–U+E007F. The joiners U+200C and U+200D are letters' own and stay. Pure.
std::optional<std::string> textProblem(std::string_view text, std::size_t max_bytes);

/// The same for a name: it is not empty and neither begins nor ends with a space.
std::optional<std::string> nameProblem(std::string_view name,
                                       std::size_t max_bytes = kMaxOperatorName);

/// The same for the actor of an event: `operator:<name>`, `client:<name>` or `engine`.
std::optional<std::string> actorProblem(std::string_view actor);

}  // namespace waybill
