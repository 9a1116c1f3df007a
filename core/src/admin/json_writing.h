// Members as the API writes them: what is absent is null, times are RFC 3339, spans microseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/json_writer.h"
#include "waybill/time.h"

namespace waybill::json {

inline void textOrNull(JsonWriter& out, std::string_view key, std::string_view text) {
    if (text.empty()) {
        out.null(key);
    } else {
        out.member(key, text);
    }
}

inline void timeOrNull(JsonWriter& out, std::string_view key,
                       const std::optional<Timestamp>& time) {
    time ? out.member(key, *time) : out.null(key);
}

template <typename Number>
void numberOrNull(JsonWriter& out, std::string_view key, const std::optional<Number>& number) {
    if (number) {
        out.member(key, *number);
    } else {
        out.null(key);
    }
}

inline void microsecondsOrNull(JsonWriter& out, std::string_view key,
                               const std::optional<Duration>& duration) {
    numberOrNull(out, key, duration ? std::optional(duration->count()) : std::nullopt);
}

}  // namespace waybill::json
