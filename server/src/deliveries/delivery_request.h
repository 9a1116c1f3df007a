// The body of `POST /v1/deliveries`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "waybill/engine.h"
#include "waybill/result.h"

namespace waybill::server {

/// What a client may ask for; the operator's own policy is not bound by it.
struct RetryLimits {
    std::uint32_t max_retries = RetryPolicy::kMaxRetries;
    Duration least_delay{};  ///< shorter ones count as this
};

/// What is to be delivered, with the payload's bytes exactly as they stand in the request. Whether
/// URL, token and policy can be used, the engine says. `defaults` fills in what a request that
/// changes the policy leaves open. Pure.
Result<Submission> parseDeliveryRequest(std::string_view body, const RetryPolicy& defaults,
                                        const RetryLimits& limits = {});

/// The digests that an `Idempotency-Key` stands for: the same key of another client, or on another
/// route, is another key. Refused unless it is 1 to 255 characters of visible ASCII.
Result<IdempotencyKey> idempotencyOf(std::string_view route, std::string_view client,
                                     std::string_view key, std::string_view body);

}  // namespace waybill::server
