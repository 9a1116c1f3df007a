// Secrets at rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "waybill/entropy.h"

namespace waybill {

/// Seals short secrets with AES-256-GCM (NIST SP 800-38D), a random 96-bit nonce each. Any thread.
/// The sealed form is version byte, nonce, ciphertext, tag. The key is wiped on destruction.
class SecretBox {
public:
    static constexpr std::size_t kKeyBytes = 32;

    /// Throws ConfigError unless `key` has kKeyBytes bytes. `entropy` must outlive the box.
    SecretBox(std::string_view key, Entropy& entropy);
    ~SecretBox();
    SecretBox(const SecretBox&) = delete;
    SecretBox& operator=(const SecretBox&) = delete;

    /// `context` is authenticated with it, so that a sealed value cannot be moved to another row.
    std::string seal(std::string_view plain, std::string_view context) const;

    /// Nothing when it was sealed under another key or context, or was changed.
    std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

private:
    std::string key_;
    Entropy& entropy_;
};

}  // namespace waybill
