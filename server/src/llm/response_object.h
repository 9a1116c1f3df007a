// Objects that clients get: the backend's, with what is ours put in place, and those we make while
// there is no backend's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llm/api_kind.h"
#include "llm/backend_error.h"
#include "llm/create_request.h"

namespace waybill::server {

/// What we need to know about an object that a backend made.
struct ObjectFacts {
    std::string id;      ///< empty: it has none that can be used
    std::string status;  ///< one of OpenAI's; where the object says none of them, `failed` when it
                         ///< has an error, else `completed`
};

/// Nothing when `json` is not a JSON object.
std::optional<ObjectFacts> readObject(ApiKind api, std::string_view json);

/// Whether this is a status that a response can have.
bool isResponseStatus(std::string_view status);

/// Whether the object has an `error` that says something.
bool saysError(std::string_view object);

/// The object with the id `id` wherever it had its own, and with the request's metadata and the
/// client's `previous_response_id`, and one made in the background says so; every other byte as the
/// backend wrote it. `json` must have passed `readObject`.
std::string finishObject(ApiKind api, std::string json, const ObjectFacts& facts,
                         const std::string& id, const CreateRequest& request);

/// The parts of an OpenAI response object that are not taken from its request.
struct ResponseParts {
    std::string id;
    std::int64_t created_at = 0;  ///< Unix seconds
    std::string_view status;
    bool background = false;
    std::string output = "[]";   ///< JSON
    std::string usage = "null";  ///< JSON
};

/// A response object with all members that OpenAI requires; what the request says (`model`,
/// `tools`, `metadata` …) is repeated as it is written there.
std::string writeResponseObject(const ResponseParts& parts, std::string_view request_body);

/// The object of a background response that has not been run yet.
std::string queuedObject(const std::string& id, std::int64_t created_at,
                         const CreateRequest& request);

/// The object's `metadata` as it stands there.
std::optional<std::string> metadataIn(std::string_view object);

/// `object` with the member at `value`, which is JSON text.
std::string withMember(std::string_view object, std::string_view key, std::string_view value);

/// What is said of a streamed response before its backend has said anything.
std::string unansweredObject(const std::string& id, std::int64_t created_at,
                             const CreateRequest& request);

/// The same response, failed; `message`: a sentence of ours.
std::string failedObject(std::string_view object, const BackendError& error);
std::string failedObject(std::string_view object, std::string_view message);

/// The same response, cancelled.
std::string cancelledObject(std::string_view object);

}  // namespace waybill::server
