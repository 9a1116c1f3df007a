#include "waybill/secret_box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "crypto/evp_bytes.h"
#include "waybill/errors.h"

namespace waybill {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kOverhead = 1 + kNonceBytes + kTagBytes;

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

}  // namespace

SecretBox::SecretBox(std::string_view key, Entropy& entropy) : key_(key), entropy_(entropy) {
    if (key.size() != kKeyBytes) {
        throw ConfigError("the key that seals secrets must have exactly " +
                          std::to_string(kKeyBytes) + " bytes");
    }
}

SecretBox::~SecretBox() {
    OPENSSL_cleanse(key_.data(), key_.size());
}

std::string SecretBox::seal(std::string_view plain, std::string_view context) const {
    std::string sealed(kOverhead + plain.size(), kVersion);
    unsigned char* const nonce = bytesOf(sealed) + 1;
    unsigned char* const ciphertext = nonce + kNonceBytes;
    entropy_.fill({nonce, kNonceBytes});

    const Context cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    const bool sealed_ok = cipher &&
                           EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                              bytesOf(std::string_view(key_)), nonce) == 1 &&
                           EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytesOf(context),
                                             static_cast<int>(context.size())) == 1 &&
                           EVP_EncryptUpdate(cipher.get(), ciphertext, &length, bytesOf(plain),
                                             static_cast<int>(plain.size())) == 1 &&
                           EVP_EncryptFinal_ex(cipher.get(), ciphertext + length, &length) == 1 &&
                           EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                               ciphertext + plain.size()) == 1;
    if (!sealed_ok) throw Poco::SystemException("a secret could not be sealed");
    return sealed;
}

std::optional<std::string> SecretBox::open(std::string_view sealed,
                                           std::string_view context) const {
    if (sealed.size() < kOverhead || sealed.front() != kVersion) return std::nullopt;
    const std::string_view nonce = sealed.substr(1, kNonceBytes);
    const std::string_view ciphertext = sealed.substr(1 + kNonceBytes, sealed.size() - kOverhead);
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    std::string plain(ciphertext.size(), '\0');

    const Context cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    const bool opened =
        cipher &&
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                           bytesOf(std::string_view(key_)), bytesOf(nonce)) == 1 &&
        EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytesOf(context),
                          static_cast<int>(context.size())) == 1 &&
        EVP_DecryptUpdate(cipher.get(), bytesOf(plain), &length, bytesOf(ciphertext),
                          static_cast<int>(ciphertext.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher.get(), bytesOf(plain) + length, &length) == 1;
    if (!opened) return std::nullopt;
    return plain;
}

}  // namespace waybill
