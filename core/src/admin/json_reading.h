// Reads members of JSON objects that came from elsewhere. Everything throws Poco::DataException and
// names the member when it is missing or not what the API says.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "admin/view_json.h"
#include "waybill/time.h"

namespace waybill::json {

[[noreturn]] void wrong(std::string_view member);

const Json& member(const Json& object, const char* name);
const Json& list(const Json& object, const char* name);
std::string text(const Json& object, const char* name);
std::string textOrNull(const Json& object, const char* name);  ///< null: empty
bool truth(const Json& object, const char* name);
std::optional<double> realOrNull(const Json& object, const char* name);
Timestamp time(const Json& object, const char* name);
std::optional<Timestamp> timeOrNull(const Json& object, const char* name);

template <typename Number>
Number number(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (!value.is_number_unsigned()) wrong(name);
    const auto wide = value.get<std::uint64_t>();
    if (wide > static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) wrong(name);
    return static_cast<Number>(wide);
}

template <typename Number>
std::optional<Number> numberOrNull(const Json& object, const char* name) {
    if (member(object, name).is_null()) return std::nullopt;
    return number<Number>(object, name);
}

std::optional<Duration> durationOrNull(const Json& object, const char* name);

/// A word of a fixed vocabulary, by its `…From` function.
template <typename Word>
Word word(const Json& object, const char* name,
          std::optional<Word> (*from)(std::string_view) noexcept) {
    const auto parsed = from(text(object, name));
    if (!parsed) wrong(name);
    return *parsed;
}

}  // namespace waybill::json
