#include "token_mask.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace waybill {

namespace {

constexpr std::string_view kMask = "****";
/// A shorter piece of a token at the end of cut-off bytes says too little to be worth masking.
constexpr std::size_t kShortestPiece = 4;

/// `text` with a backslash before each of `special`.
std::string escaped(const std::string& text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

/// Like `text.find(secret, from)`, but memmem stays linear for texts and secrets that are made to
/// be slow.
std::size_t findIn(const std::string& text, const std::string& secret, std::size_t from) {
    const void* const found =
        memmem(text.data() + from, text.size() - from, secret.data(), secret.size());
    if (found == nullptr) return std::string::npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// Replaces every occurrence of `secret`, and a piece of it where the bytes were cut off.
void mask(std::string& text, const std::string& secret, bool cut_off) {
    std::string masked;
    std::size_t from = 0;
    for (std::size_t at = findIn(text, secret, 0); at != std::string::npos;
         at = findIn(text, secret, from)) {
        masked.append(text, from, at - from).append(kMask);
        from = at + secret.size();
    }
    masked.append(text, from);
    text = std::move(masked);
    if (!cut_off) return;
    for (std::size_t piece = std::min(secret.size() - 1, text.size()); piece >= kShortestPiece;
         --piece) {
        if (text.ends_with(std::string_view(secret).substr(0, piece))) {
            text.replace(text.size() - piece, piece, kMask);
            return;
        }
    }
}

}  // namespace

void maskToken(std::string& text, const std::string& token, bool cut_off) {
    if (token.empty()) return;
    mask(text, token, cut_off);
    for (const std::string_view special : {"\"\\", "\"\\/"}) {
        const std::string form = escaped(token, special);
        if (form != token) mask(text, form, cut_off);
    }
}

}  // namespace waybill
