// Characters as HTTP's grammar names them (RFC 9110 section 5.6.2, RFC 5234), independent of
// locale.
#pragma once

#include <algorithm>
#include <string_view>

namespace waybill {

constexpr char toLower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool isVisible(char c) {
    return c >= 0x21 && c <= 0x7e;
}

/// What may stand in a name: `tchar`.
constexpr bool isTokenCharacter(char c) {
    return isVisible(c) &&
           std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
}

constexpr bool isControl(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// `lower` is in lower case.
constexpr bool equalsIgnoringCase(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() &&
           std::equal(text.begin(), text.end(), lower.begin(),
                      [](char a, char b) { return toLower(a) == b; });
}

/// Without optional whitespace (spaces and tabs) at both ends.
constexpr std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace waybill
