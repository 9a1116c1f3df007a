// A stored object as the stream that it could have come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llm/api_kind.h"

namespace waybill::server {

/// Server-sent events that amount to `object`, each text in one piece: for a client that asks for
/// the same stream again. `object` must be a JSON object. `after`: only events with a greater
/// `sequence_number`, which those of the Responses API have. Pure.
std::string objectStream(ApiKind api, std::string_view object,
                         std::optional<std::int64_t> after = std::nullopt);

}  // namespace waybill::server
