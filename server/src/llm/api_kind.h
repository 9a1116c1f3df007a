// The three create APIs.
#pragma once

#include <string_view>

namespace waybill::server {

enum class ApiKind { kResponses, kChatCompletions, kMessages };

/// What there is to know about one of them.
struct ApiTraits {
    std::string_view path;
    std::string_view event_kind;  ///< as `response_created` names it
    std::string_view id_prefix;
};

constexpr ApiTraits traitsOf(ApiKind api) {
    switch (api) {
        case ApiKind::kResponses:
            return {"/v1/responses", "response", "resp_"};
        case ApiKind::kChatCompletions:
            return {"/v1/chat/completions", "chat.completion", "chatcmpl-"};
        case ApiKind::kMessages:
            return {"/v1/messages", "message", "msg_"};
    }
    return {};
}

}  // namespace waybill::server
