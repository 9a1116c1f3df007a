// An event as it stands in its stream.
#pragma once

#include <string>
#include <string_view>

namespace waybill::server {

/// JSON text as the data of an event can say it: lines end with LF. In JSON a line can only end
/// between two tokens, so that its meaning stays. Pure.
std::string asEventData(std::string json);

/// The lines of one event with other data in them: in the place of its first `data` line, one for
/// each line of `data`, which `asEventData` has made; all other lines as they were.
/// `begins_stream`: a byte order mark may stand before its first line. Pure.
std::string withData(std::string_view block, std::string_view data, bool begins_stream);

}  // namespace waybill::server
