// Chance that is the same everywhere, for a seed.
#pragma once

#include <cstdint>

#include "waybill/entropy.h"

namespace waybill::test {

/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t x = state_ += 0x9E3779B97F4A7C15;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return x ^ x >> 31;
    }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// In [0, 1).
    double part() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }
    /// True in one of `times` cases.
    bool oneIn(std::uint64_t times) { return below(times) == 0; }
    bool percent(std::uint64_t share) { return below(100) < share; }

private:
    std::uint64_t state_;
};

/// Ids, salts, nonces and jitter from a seed.
class SeededEntropy : public Entropy {
public:
    explicit SeededEntropy(std::uint64_t seed) : chance_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out)
            byte = static_cast<std::uint8_t>(chance_.next());
    }

private:
    Chance chance_;
};

}  // namespace waybill::test
