#include "waybill/entropy.h"

#include <Poco/Exception.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace waybill {

namespace {

void fillFromSystem(std::span<std::uint8_t> out) {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
        throw Poco::SystemException("the system's random generator gave nothing");
    }
}

/// How many forks lie between this process and the first one: what one process has in reserve must
/// not be given out in another.
std::atomic<unsigned> forks = 0;

/// A call of the generator costs over a microsecond, however little is asked for, and a delivery
/// needs four small pieces: ids, salts, jitter. Each thread takes many at once.
class Reserve {
public:
    static constexpr std::size_t kLargestPiece = 64;

    void take(std::span<std::uint8_t> out) {
        if (out.size() > bytes_.size() - used_ || forks_ != forks) refill();
        const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(used_);
        std::copy_n(begin, out.size(), out.begin());
        std::fill_n(begin, out.size(), std::uint8_t{0});
        used_ += out.size();
    }

    ~Reserve() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

private:
    void refill() {
        used_ = bytes_.size();  // nothing is there should it throw
        forks_ = forks;
        fillFromSystem(bytes_);
        used_ = 0;
    }

    std::array<std::uint8_t, 1024> bytes_{};
    std::size_t used_ = bytes_.size();
    unsigned forks_ = 0;
};

class SystemEntropy final : public Entropy {
public:
    SystemEntropy() {
        pthread_atfork(nullptr, nullptr, [] { ++forks; });
    }

    void fill(std::span<std::uint8_t> out) override {
        thread_local Reserve reserve;
        out.size() <= Reserve::kLargestPiece ? reserve.take(out) : fillFromSystem(out);
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
