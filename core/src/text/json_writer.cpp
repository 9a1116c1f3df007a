#include "text/json_writer.h"

#include <array>
#include <charconv>

namespace waybill {

void JsonWriter::member(std::string_view key, double value) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    name(key);
    out_.append(digits.begin(), end);
}

void JsonWriter::member(std::string_view key, Timestamp value) {
    name(key);
    out_ += '"';
    appendTimestamp(out_, value);
    out_ += '"';
}

void JsonWriter::member(std::string_view key, const Digest& value) {
    name(key);
    out_ += '"';
    appendHex(out_, value);
    out_ += '"';
}

}  // namespace waybill
