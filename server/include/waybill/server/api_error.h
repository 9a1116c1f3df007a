// Errors in the shape of the API that was called.
#pragma once

#include <string>

#include "waybill/result.h"
#include "waybill/server/http_message.h"

namespace waybill::server {

/// Why a request is not answered as asked.
struct ApiError {
    int status = 400;
    std::string message;  ///< a sentence for a person: what is wrong and what to do
    std::string param;    ///< the name of the input at fault, or empty
    std::string code;     ///< for programs, or empty
};

/// Under `/v1/messages` the shape of Anthropic's API, elsewhere that of OpenAI's.
HttpResponse errorResponse(const HttpRequest& request, const ApiError& error);

/// 429 and 503 carry `Retry-After`.
HttpResponse errorResponse(const HttpRequest& request, const Refusal& refusal);

/// 503: what the request needs does not fit into the memory that all of them share now.
ApiError memoryFull();

/// The HTTP status that says what `code` says.
int statusOf(RefusalCode code) noexcept;

}  // namespace waybill::server
