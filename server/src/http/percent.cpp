#include "http/percent.h"

#include <charconv>
#include <cstdint>

namespace waybill::server {
namespace {

std::optional<char> escaped(std::string_view digits) {
    std::uint8_t value = 0;
    const char* const end = digits.data() + digits.size();
    if (digits.size() != 2 || std::from_chars(digits.data(), end, value, 16).ptr != end ||
        value < 0x20 || value == 0x7F)
        return std::nullopt;
    return static_cast<char>(value);
}

}  // namespace

std::optional<std::string> percentDecode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            decoded.push_back(' ');
        } else if (text[at] != '%') {
            decoded.push_back(text[at]);
        } else if (const std::optional<char> c = escaped(text.substr(at + 1, 2))) {
            decoded.push_back(*c);
            at += 2;
        } else {
            return std::nullopt;
        }
    }
    return decoded;
}

bool isUnreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

std::string percentEncode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (isUnreserved(c))
            encoded.push_back(c);
        else
            encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 0x0F]});
    }
    return encoded;
}

std::optional<QueryParameters> parseQuery(std::string_view query) {
    QueryParameters parameters;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        const bool has_value = equals != std::string_view::npos;
        auto name = percentDecode(pair.substr(0, equals), true);
        auto value = percentDecode(has_value ? pair.substr(equals + 1) : "", true);
        if (!name || !value) return std::nullopt;
        parameters.emplace_back(std::move(*name), std::move(*value));
    }
    return parameters;
}

}  // namespace waybill::server
