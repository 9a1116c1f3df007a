// Reads server-sent events.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace waybill {

/// Reads a stream in the format of WHATWG HTML, section 9.2.6 ("Interpreting an event stream"), and
/// calls `on_event` with the data of each event, and with null for each comment, until that returns
/// false. Fields other than `data` are passed over. Returns false when the stream ended first.
/// Throws Poco::DataException for a line over 4 MiB, and for an event over 8 MiB.
bool readEventStream(std::istream& stream,
                     const std::function<bool(const std::string* data)>& on_event);

}  // namespace waybill
