// What the other side lets us do.
#pragma once

#include <string>

#include "model/snapshot.h"

namespace waybill::gui {

/// Why nothing can be changed here, and what to do about it; empty: it can, as far as is known.
std::string whyReadOnly(const Snapshot& seen);

/// Why what shows a payload to somebody new (the stored object of a response to a URL, a delivery
/// to another origin) cannot be done from here; empty: it can.
std::string whyNotAdmin(const Snapshot& seen);

}  // namespace waybill::gui
