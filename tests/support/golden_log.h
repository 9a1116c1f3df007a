// Logs of known content, made once and kept under tests/golden: every later version reads them.
#pragma once

#include <string>
#include <vector>

#include "waybill/event_log.h"

namespace waybill::test {

/// Where the log with this name lies in the source tree.
std::string goldenDirectory(const std::string& name);

/// Every type of event of format 1 with every kind of bytes beside it.
inline constexpr const char* kFormat1 = "format1";
/// A log that a later version went on with: unknown types, names and keys.
inline constexpr const char* kFromTheFuture = "from_the_future";

/// Writes the log with this name, its key, its head and the folded states of its streams into a
/// directory, whose files of these names it replaces.
void writeGolden(const std::string& name, const std::string& directory);

/// The folded states of all streams, as JSON text: of each its kind and its columns by name.
std::string statesOf(const EventLog& log);

}  // namespace waybill::test
