// What a log holds, for tests that compare.
#pragma once

#include <string>

#include "waybill/event_log.h"

namespace waybill::test {

/// The hash of the last event, computed from what the log gives back.
Digest recomputedHead(const EventLog& log);

/// Everything a reader can see: two equal texts mean that nothing has changed.
std::string contentsOf(const EventLog& log);

}  // namespace waybill::test
