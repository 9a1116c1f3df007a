// An event as it stands in its stream.
#pragma once

#include <string>
#include <string_view>

namespace waybill::server {

/// The lines of one event with other data in them; all other lines as they were. `data` has no line
/// break. Pure.
std::string withData(std::string_view block, std::string_view data);

}  // namespace waybill::server
