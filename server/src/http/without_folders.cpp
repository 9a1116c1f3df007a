#include "http/without_folders.h"

#include <algorithm>

namespace waybill::server {
namespace {

constexpr std::string_view kAround = " \t\r\n\"'`()[]<>,;=";

bool isAround(char c) {
    return kAround.find(c) != std::string_view::npos;
}

}  // namespace

std::string withoutFolders(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto begin = std::find_if_not(text.begin(), text.end(), isAround);
        shown.append(text.begin(), begin);
        text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
        std::string_view word = text.substr(0, text.find_first_of(kAround));
        text.remove_prefix(word.size());
        if (word.starts_with('/')) word.remove_prefix(word.rfind('/') + 1);
        shown.append(word);
    }
    return shown;
}

}  // namespace waybill::server
