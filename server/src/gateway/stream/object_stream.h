// A stored object as the stream that it could have come from.
#pragma once

#include <string>
#include <string_view>

#include "gateway/api_kind.h"

namespace waybill::server {

/// Server-sent events that amount to `object`, each text in one piece: for a client that asks for
/// the same stream again. `object` must be a JSON object. Pure.
std::string objectStream(ApiKind api, std::string_view object);

}  // namespace waybill::server
