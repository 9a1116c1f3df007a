// Port: chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace waybill {

/// Where ids, salts, nonces and jitter come from. Must be callable from any thread.
class Entropy {
public:
    virtual ~Entropy() = default;

    /// Fills `out` with unpredictable bytes. Throws Poco::SystemException when the system has none
    /// to give.
    virtual void fill(std::span<std::uint8_t> out) = 0;

    /// Uniform in [-1, 1).
    double symmetricUnit();
};

/// The operating system's generator (by way of OpenSSL's). Lives as long as the process.
Entropy& systemEntropy();

}  // namespace waybill
