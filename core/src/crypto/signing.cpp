#include "waybill/signing.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <optional>

#include "crypto/evp_bytes.h"
#include "waybill/errors.h"

namespace waybill {

namespace {

constexpr std::string_view kHmacPrefix = "whsec_";
constexpr std::string_view kEd25519Prefix = "whsk_";
constexpr std::size_t kSeedBytes = 32;
/// Standard Webhooks, "Signature scheme": secrets of 192 to 512 bits.
constexpr std::size_t kLeastSecret = 24;
constexpr std::size_t kMostSecret = 64;

/// RFC 4648 section 4; padding may be missing, as some tools leave it out. Stricter than
/// EVP_DecodeBlock, which trims, and takes padding for zeros wherever it stands.
std::optional<std::string> decodeBase64(std::string_view text) {
    static constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digits = text.find_last_not_of('=') + 1;
    const std::size_t padding = (4 - digits % 4) % 4;
    const bool padded = text.size() == digits + padding;
    if (digits == 0 || padding == 3 || (!padded && text.size() != digits)) return std::nullopt;
    if (text.substr(0, digits).find_first_not_of(kAlphabet) != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string quads = std::string(text.substr(0, digits)) + std::string(padding, '=');
    std::string decoded(quads.size() / 4 * 3, '\0');
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()), bytesOf(quads),
                    static_cast<int>(quads.size()));
    decoded.resize(decoded.size() - padding);
    return decoded;
}

std::string encodeBase64(const unsigned char* bytes, std::size_t length) {
    std::string encoded((length + 2) / 3 * 4 + 1, '\0');
    encoded.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(encoded.data()), bytes, static_cast<int>(length))));
    return encoded;
}

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeDigestContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string signHmac(std::string_view key, std::string_view message) {
    std::array<unsigned char, 32> mac{};
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytesOf(message),
             message.size(), mac.data(), &length) == nullptr) {
        throw Poco::SystemException("a callback could not be signed (HMAC-SHA256)");
    }
    return "v1," + encodeBase64(mac.data(), length);
}

std::string signEd25519(EVP_PKEY* key, std::string_view message) {
    std::array<unsigned char, 64> signature{};
    std::size_t length = signature.size();
    const std::unique_ptr<EVP_MD_CTX, FreeDigestContext> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &length, bytesOf(message),
                       message.size()) != 1) {
        throw Poco::SystemException("a callback could not be signed (Ed25519)");
    }
    return "v1a," + encodeBase64(signature.data(), length);
}

}  // namespace

/// Either the bytes of an HMAC key, or an Ed25519 key.
struct SigningKey::Key {
    std::string hmac{};
    std::unique_ptr<EVP_PKEY, FreeKey> ed25519{};

    ~Key() { OPENSSL_cleanse(hmac.data(), hmac.size()); }
};

SigningKey SigningKey::parse(std::string_view secret) {
    auto key = std::make_shared<Key>();
    if (secret.starts_with(kHmacPrefix)) {
        auto bytes = decodeBase64(secret.substr(kHmacPrefix.size()));
        if (!bytes) {
            throw ConfigError("a signing secret that starts with whsec_ must go on in base64");
        }
        key->hmac = std::move(*bytes);
        if (key->hmac.size() < kLeastSecret || key->hmac.size() > kMostSecret) {
            throw ConfigError("a signing secret that starts with whsec_ must have the base64 of " +
                              std::to_string(kLeastSecret) + " to " + std::to_string(kMostSecret) +
                              " bytes; this one has that of " + std::to_string(key->hmac.size()) +
                              ". Make one: echo whsec_$(openssl rand -base64 32)");
        }
    } else if (secret.starts_with(kEd25519Prefix)) {
        auto bytes = decodeBase64(secret.substr(kEd25519Prefix.size()));
        if (!bytes || (bytes->size() != kSeedBytes && bytes->size() != 2 * kSeedBytes)) {
            throw ConfigError(
                "a signing secret that starts with whsk_ must go on with the base64 of "
                "a 32-byte seed or a 64-byte key");
        }
        key->ed25519.reset(
            EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytesOf(*bytes), kSeedBytes));
        OPENSSL_cleanse(bytes->data(), bytes->size());
        if (!key->ed25519) throw ConfigError("a whsk_ signing secret is not an Ed25519 key");
    } else {
        throw ConfigError(
            "a signing secret must start with whsec_ (HMAC-SHA256) or whsk_ (Ed25519)");
    }
    return SigningKey(std::move(key));
}

SigningKey SigningKey::fromToken(std::string_view token) {
    auto key = std::make_shared<Key>();
    if (token.starts_with(kHmacPrefix)) {
        if (auto bytes = decodeBase64(token.substr(kHmacPrefix.size())); bytes) {
            key->hmac = std::move(*bytes);
            return SigningKey(std::move(key));
        }
    }
    key->hmac = token;
    return SigningKey(std::move(key));
}

std::string SigningKey::sign(std::string_view id, std::int64_t unix_seconds,
                             std::string_view body) const {
    std::string message;
    message.reserve(id.size() + body.size() + 24);
    message += id;
    message += '.';
    message += std::to_string(unix_seconds);
    message += '.';
    message += body;
    return key_->ed25519 ? signEd25519(key_->ed25519.get(), message)
                         : signHmac(key_->hmac, message);
}

std::string signatureHeader(const std::vector<SigningKey>& keys, std::string_view id,
                            std::int64_t unix_seconds, std::string_view body) {
    std::string header;
    for (const SigningKey& key : keys) {
        if (!header.empty()) header += ' ';
        header += key.sign(id, unix_seconds, body);
    }
    return header;
}

}  // namespace waybill
