// Signatures of callbacks, as in the Standard Webhooks specification.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/time.h"

namespace waybill {

/// One signing secret. Copies share the key, which is wiped with the last of them. Any thread.
class SigningKey {
public:
    /// `whsec_<base64>` of 24 to 64 bytes: HMAC-SHA256 (`v1`). `whsk_<base64>`: Ed25519, 32-byte
    /// seed or 64-byte key (`v1a`). Throws ConfigError, without the secret, for anything else.
    static SigningKey parse(std::string_view secret);

    /// The key of a delivery with a token: what `whsec_…` encodes if it has that form, else the
    /// token's own bytes, so that the official helpers verify with the token alone.
    static SigningKey fromToken(std::string_view token);

    /// `v1,<base64>` or `v1a,<base64>` over `id.timestamp.body`.
    std::string sign(std::string_view id, std::int64_t unix_seconds, std::string_view body) const;

private:
    struct Key;
    explicit SigningKey(std::shared_ptr<const Key> key) : key_(std::move(key)) {}
    std::shared_ptr<const Key> key_;
};

/// The value of `webhook-signature`: every key's signature, separated by spaces.
std::string signatureHeader(const std::vector<SigningKey>& keys, std::string_view id,
                            std::int64_t unix_seconds, std::string_view body);

}  // namespace waybill
