// Whether a whole answer is an object of its API.
#pragma once

#include <optional>

#include "llm/api_kind.h"
#include "llm/backend_answer.h"
#include "llm/backend_error.h"
#include "llm/response_object.h"

namespace waybill::server {

struct ReadAnswer {
    std::optional<ObjectFacts> object;
    BackendError problem;  ///< why there is no object
};

/// A success (2xx) whose body is a JSON object of the kind that the API answers, or one with an id,
/// and no error. A response with `error` that says its `status` is one: it has failed. Takes the
/// byte order mark from in front of an object. `mask`: applied to what the problem says. Pure.
ReadAnswer readAnswer(ApiKind api, BackendAnswer& answer, const TextMask& mask = {});

/// Takes the keys of the call out of what its backend says. `reply` must outlive it.
TextMask maskOf(const BackendReply& reply);

}  // namespace waybill::server
