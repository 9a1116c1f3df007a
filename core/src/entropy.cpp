#include "waybill/entropy.h"

#include <Poco/Exception.h>
#include <openssl/rand.h>

#include <array>

namespace waybill {

namespace {

class SystemEntropy final : public Entropy {
public:
    void fill(std::span<std::uint8_t> out) override {
        if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
            throw Poco::SystemException("the system's random generator gave nothing");
        }
    }
};

}  // namespace

double Entropy::symmetricUnit() {
    std::array<std::uint8_t, 4> bytes{};
    fill(bytes);
    const std::uint32_t value =
        static_cast<std::uint32_t>(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    return static_cast<double>(value) / 2147483648.0 - 1.0;
}

Entropy& systemEntropy() {
    static SystemEntropy entropy;
    return entropy;
}

}  // namespace waybill
