// SHA-256 over bytes that come in pieces.
#pragma once

#include <openssl/sha.h>

#include <string_view>

#include "waybill/bytes.h"

namespace waybill {

/// One hash in the making, on the stack. OpenSSL's low-level interface, deprecated in 3.0 but there
/// to stay in it: the EVP one costs an allocation and a fetch, several times the hash of a short
/// event.
class Sha256 {
public:
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    Sha256() {
        SHA256_Init(&context_);
    }
    void update(std::string_view bytes) {
        SHA256_Update(&context_, bytes.data(), bytes.size());
    }
    Digest finish() {
        Digest digest;
        SHA256_Final(digest.data(), &context_);
        return digest;
    }
#pragma GCC diagnostic pop

private:
    SHA256_CTX context_;
};

}  // namespace waybill
