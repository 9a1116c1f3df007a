// What a client may say in the query of a stored object's URL.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "waybill/result.h"

namespace waybill::server {

struct ResponseQuery {
    bool stream = false;
    std::optional<std::int64_t> starting_after;  ///< only events with a greater number
};

/// Of a retrieval, as OpenAI's API has it: `stream`, `starting_after`, and `include` and
/// `include_obfuscation`, which change nothing here. Refused is what else there is, what is given
/// twice (but `include`), and a wrong value.
Result<ResponseQuery> parseResponseQuery(std::string_view query);

/// Of a route that takes none: the refusal of one that is given.
std::optional<Refusal> refusalOfQuery(std::string_view query);

}  // namespace waybill::server
