// The known name that a mistyped one probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace waybill {

/// The name in `known` that is nearest to `typed`, or an empty string when none is near enough to
/// be worth suggesting. Distance: insertions, deletions, substitutions and swaps of neighbours
/// (optimal string alignment); at most a third of the longer name, and at least one is always
/// allowed. Upper and lower case, `-` and `_` count as the same. The first of several equally near
/// ones wins. Pure; cost: the product of both lengths for each known name. Names over 64 characters
/// are near to nothing.
std::string nearestName(std::string_view typed, std::span<const std::string_view> known);

}  // namespace waybill
