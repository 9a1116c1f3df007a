// One event of every type that this version knows with every field set, and none of them to its
// default.
#pragma once

#include <vector>

#include "waybill/event.h"

namespace waybill::test {

/// In the order of the alternatives of `Event`.
std::vector<Event> fullEvents();

/// A digest that is easy to recognise: 32 times `byte`.
Digest digestOf(std::uint8_t byte);

}  // namespace waybill::test
