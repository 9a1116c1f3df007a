// Is this text JSON that everybody reads the same way?
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace waybill {

struct JsonLimits {
    std::size_t max_depth = 64;  ///< arrays and objects inside one another
    bool unique_keys = true;
    bool lone_surrogates = false;  ///< take half a pair of `\u` escapes (RFC 8259 section 8.2)
};

struct JsonProblem {
    std::string message;     ///< what is wrong, without any of the text
    std::size_t offset = 0;  ///< in bytes
};

/// Nothing when `text` is one JSON value (RFC 8259) within `limits`, in valid UTF-8 (RFC 3629);
/// else the first problem. About 1 ns a byte; any thread.
std::optional<JsonProblem> checkJson(std::string_view text, const JsonLimits& limits = {});

}  // namespace waybill
