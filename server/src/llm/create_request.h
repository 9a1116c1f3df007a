// What a create request asks of us; everything else in it is the backend's affair.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/api_kind.h"
#include "waybill/address_policy.h"
#include "waybill/completion_callback.h"
#include "waybill/result.h"

namespace waybill::server {

/// The response that `previous_response_id` names, where the backend knows it by another id.
struct PreviousId {
    std::string clients;
    std::string backends;
};

struct CreateRequest {
    std::string model;  ///< empty where none is given
    bool background = false;
    bool stream = false;

    /// What the backend gets: the client's bytes without the two webhook keys, without a `metadata`
    /// that this left empty, and without `background: true`.
    std::string body;

    CompletionCallback callback;
    std::optional<IdempotencyKey> idempotency;  ///< from a header field

    /// Looked up by whoever passes the request on; the body has the client's.
    std::optional<PreviousId> previous;

    /// The request's `metadata` without the token, to be echoed in the object; nothing when the
    /// request had neither webhook key, so that the backend's own echo is right.
    std::optional<std::string> echoed_metadata;
};

/// What of a callback the backend's answer is not to show.
std::vector<std::string> secretsOf(const std::optional<Destination>& callback);

/// Refused is what is not strict JSON, not an object, or has a wrong type where we read: `model`,
/// `stream`, `background`, `metadata`. Pure.
Result<CreateRequest> parseCreateRequest(ApiKind api, std::string_view body,
                                         const AddressPolicy& policy);

}  // namespace waybill::server
