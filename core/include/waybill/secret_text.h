// Text that is wiped when it is no longer needed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace waybill {

/// Overwrites `text` in a way that no compiler leaves out (OPENSSL_cleanse), and empties it.
void wipe(std::string& text) noexcept;

/// A secret in memory: wiped with its owner, and copied by nobody by accident. A move leaves
/// nothing behind. Not for several threads at once.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string text) noexcept : text_(std::move(text)) { wipe(text); }
    SecretText(SecretText&& other) noexcept : SecretText(std::move(other.text_)) {}
    SecretText& operator=(SecretText&& other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { wipe(text_); }

    /// Lives as long as the secret.
    std::string_view view() const noexcept { return text_; }
    operator std::string_view() const noexcept { return text_; }

private:
    std::string text_;
};

}  // namespace waybill
