// What the echo backend says to a call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llm/backend.h"

namespace waybill::server {

/// A call, understood.
struct EchoCall {
    ApiKind api = ApiKind::kResponses;
    std::string id;
    std::string request;  ///< the body
    std::string model;    ///< as JSON
    std::string text;     ///< what was said last, to be said again
    std::int64_t now = 0;
    bool include_usage = false;  ///< in a chat stream
};

EchoCall readEchoCall(const BackendCall& call, std::int64_t now);

/// Words stand in for tokens: each with the space behind it.
std::vector<std::string> echoTokens(const std::string& text);

/// The whole answer in the API's shape.
std::string echoObject(const EchoCall& call);

/// The same as server-sent events: those at the beginning, one for each token, those at the end.
struct EchoStream {
    std::string beginning;
    std::vector<std::string> tokens;
    std::string end;
};

EchoStream echoStream(const EchoCall& call);

}  // namespace waybill::server
