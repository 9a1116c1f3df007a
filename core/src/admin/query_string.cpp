#include "admin/query_string.h"

namespace waybill {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::string_view kUnreservedMarks = "-._~";

bool isUnreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kUnreservedMarks.find(c) != std::string_view::npos;
}

}  // namespace

void appendPercentEncoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (isUnreserved(c)) {
            out += c;
        } else {
            ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
        }
    }
}

void QueryString::add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += text_.empty() ? '?' : '&';
    (text_ += name) += '=';
    appendPercentEncoded(text_, value);
}

}  // namespace waybill
