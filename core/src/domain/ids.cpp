#include "waybill/ids.h"

#include <array>

namespace waybill {

namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

StreamId newStreamId(std::string_view prefix, Timestamp now, Entropy& entropy) {
    std::array<std::uint8_t, 16> bytes{};
    entropy.fill(std::span(bytes).subspan(6));
    const auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
    }

    // 128 bits in 26 characters of 5: the first character carries the two bits that are over.
    StreamId id(prefix);
    id.reserve(prefix.size() + 26);
    std::uint32_t pending = 0;
    int pending_bits = 2;
    for (const std::uint8_t byte : bytes) {
        pending = pending << 8 | byte;
        pending_bits += 8;
        while (pending_bits >= 5) {
            pending_bits -= 5;
            id += kAlphabet[pending >> pending_bits & 31];
        }
    }
    return id;
}

}  // namespace waybill
