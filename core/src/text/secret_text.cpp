#include "waybill/secret_text.h"

#include <openssl/crypto.h>

namespace waybill {

void wipe(std::string& text) noexcept {
    // Also what an earlier, longer text has left behind its end.
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace waybill
