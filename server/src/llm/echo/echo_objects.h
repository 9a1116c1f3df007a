// The objects of the echo backend and the pieces they have in common with its streams.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "llm/echo/echo_call.h"

namespace waybill::server {

/// An id that follows from another one.
std::string derivedId(std::string_view prefix, const std::string& id);

/// The `usage` of a call that said and heard this many tokens.
std::string echoUsage(ApiKind api, std::size_t tokens);

/// `output_item`: JSON, or empty for none yet.
std::string echoResponse(const EchoCall& call, std::string_view status,
                         std::string_view output_item, std::string_view usage);
std::string echoOutputItem(const EchoCall& call, std::string_view status, std::string_view text);
std::string echoContentPart(std::string_view text);

std::string echoChatCompletion(const EchoCall& call, std::size_t tokens);
std::string echoMessage(const EchoCall& call, std::size_t tokens);

}  // namespace waybill::server
