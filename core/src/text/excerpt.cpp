#include "waybill/excerpt.h"

#include <algorithm>

#include "waybill/utf8.h"

namespace waybill {

std::string excerpt(std::string_view text, std::size_t most) {
    std::string shown = utf8Prefix(text, most);
    std::replace_if(
        shown.begin(), shown.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    if (text.size() > most) shown += "… (" + std::to_string(text.size()) + " bytes)";
    return shown;
}

}  // namespace waybill
