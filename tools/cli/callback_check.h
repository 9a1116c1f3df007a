// Is a callback genuine? What a careful receiver checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "waybill/signing.h"
#include "waybill/time.h"

namespace waybill::cli {

enum class Check { kNotAsked, kValid, kAbsent, kWrong };

std::string_view toString(Check check) noexcept;

/// What the receiver knows, shared with the sender.
struct SharedSecrets {
    std::string token;             ///< empty: the bearer token is not checked
    std::vector<SigningKey> keys;  ///< any of them may have signed; empty: not checked
};

/// `authorization`: the header's value, empty where there was none.
Check checkToken(const SharedSecrets& secrets, std::string_view authorization);

struct SignedCallback {
    std::string_view id;         ///< `webhook-id`
    std::string_view timestamp;  ///< `webhook-timestamp`
    std::string_view signature;  ///< `webhook-signature`; empty where there was none
    std::string_view body;
};

/// Standard Webhooks: one of the signatures is by one of the keys, and the time is within five
/// minutes of `now`.
Check checkSignature(const SharedSecrets& secrets, const SignedCallback& callback, Timestamp now);

}  // namespace waybill::cli
