// What nlohmann's parser passes over in silence.
#pragma once

#include <string_view>

namespace waybill {

/// Whether a text that it takes is more than JSON: it steps over a byte order mark, and takes a NUL
/// for the end. Whoever keeps such a text, or puts it into another, has more than was read.
constexpr bool hidesText(std::string_view json) {
    return json.starts_with("\xEF\xBB\xBF") || json.find('\0') != json.npos;
}

}  // namespace waybill
