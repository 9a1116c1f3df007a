#include "cli/callback_check.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace waybill::cli {
namespace {

constexpr std::chrono::minutes kTolerance{5};

/// Takes as long for a wrong secret as for the right one.
bool same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    return difference == 0;
}

std::optional<std::int64_t> unixSeconds(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    // Far beyond any tolerance, and far from any overflow.
    constexpr std::int64_t kMost = 1LL << 40;
    return whole && seconds >= 0 && seconds < kMost ? std::optional(seconds) : std::nullopt;
}

/// `list`: signatures separated by spaces.
bool contains(std::string_view list, std::string_view signature) {
    bool found = false;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        found |= same(list.substr(0, end), signature);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return found;
}

}  // namespace

std::string_view toString(Check check) noexcept {
    switch (check) {
        case Check::kNotAsked:
            return "not checked";
        case Check::kValid:
            return "valid";
        case Check::kAbsent:
            return "absent";
        case Check::kWrong:
            return "wrong";
    }
    return "";
}

Check checkToken(const SharedSecrets& secrets, std::string_view authorization) {
    if (secrets.token.empty()) return Check::kNotAsked;
    if (authorization.empty()) return Check::kAbsent;
    return same(authorization, "Bearer " + secrets.token) ? Check::kValid : Check::kWrong;
}

Check checkSignature(const SharedSecrets& secrets, const SignedCallback& callback, Timestamp now) {
    if (secrets.keys.empty()) return Check::kNotAsked;
    if (callback.signature.empty()) return Check::kAbsent;
    const auto seconds = unixSeconds(callback.timestamp);
    if (!seconds) return Check::kWrong;
    const Timestamp signed_at{std::chrono::seconds(*seconds)};
    if (signed_at > now + kTolerance || signed_at < now - kTolerance) return Check::kWrong;
    const bool genuine =
        std::any_of(secrets.keys.begin(), secrets.keys.end(), [&](const SigningKey& key) {
            return contains(callback.signature, key.sign(callback.id, *seconds, callback.body));
        });
    return genuine ? Check::kValid : Check::kWrong;
}

}  // namespace waybill::cli
