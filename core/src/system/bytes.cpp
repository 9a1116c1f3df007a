#include "waybill/bytes.h"

#include "crypto/sha256.h"

namespace waybill {

Bytes makeBytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

Digest sha256(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

Digest saltedSha256(std::string_view salt, std::string_view bytes) {
    Sha256 hash;
    hash.update(salt);
    hash.update(bytes);
    return hash.finish();
}

void appendHex(std::string& out, const Digest& digest) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::array<char, 2 * std::tuple_size_v<Digest>> text;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        text[2 * i] = kDigits[digest[i] >> 4];
        text[2 * i + 1] = kDigits[digest[i] & 15];
    }
    out.append(text.data(), text.size());
}

std::string toHex(const Digest& digest) {
    std::string text;
    appendHex(text, digest);
    return text;
}

namespace {

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<Digest> digestFromHex(std::string_view hex) {
    Digest digest{};
    if (hex.size() != digest.size() * 2) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = hexValue(hex[2 * i]);
        const int low = hexValue(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return digest;
}

}  // namespace waybill
