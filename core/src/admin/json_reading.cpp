#include "admin/json_reading.h"

#include <Poco/Exception.h>

namespace waybill::json {

void wrong(std::string_view member) {
    throw Poco::DataException("member \"" + std::string(member) +
                              "\" is missing or not what the API says");
}

const Json& member(const Json& object, const char* name) {
    if (!object.is_object()) wrong(name);
    const auto found = object.find(name);
    if (found == object.end()) wrong(name);
    return *found;
}

const Json& list(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (!value.is_array()) wrong(name);
    return value;
}

std::string text(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (!value.is_string()) wrong(name);
    return value.get<std::string>();
}

std::string textOrNull(const Json& object, const char* name) {
    return member(object, name).is_null() ? std::string() : text(object, name);
}

bool truth(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (!value.is_boolean()) wrong(name);
    return value.get<bool>();
}

std::optional<double> realOrNull(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (value.is_null()) return std::nullopt;
    if (!value.is_number()) wrong(name);
    return value.get<double>();
}

Timestamp time(const Json& object, const char* name) {
    const auto parsed = parseTimestamp(text(object, name));
    if (!parsed) wrong(name);
    return *parsed;
}

std::optional<Timestamp> timeOrNull(const Json& object, const char* name) {
    if (member(object, name).is_null()) return std::nullopt;
    return time(object, name);
}

std::optional<Duration> durationOrNull(const Json& object, const char* name) {
    const auto microseconds = numberOrNull<std::int64_t>(object, name);
    return microseconds ? std::optional(Duration(*microseconds)) : std::nullopt;
}

}  // namespace waybill::json
