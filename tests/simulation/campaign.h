// How many worlds a run looks at.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace waybill::test {

/// A few by default; `WAYBILL_SIMULATIONS=1000 WAYBILL_FIRST_SEED=1` for a campaign.
struct Campaign {
    explicit Campaign(std::uint64_t by_default)
        : first(fromEnvironment("WAYBILL_FIRST_SEED", 1)),
          end(first + fromEnvironment("WAYBILL_SIMULATIONS", by_default)) {}

    static std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise) {
        const char* const text = std::getenv(name);
        return text ? std::stoull(text) : otherwise;
    }

    const std::uint64_t first;
    const std::uint64_t end;
};

}  // namespace waybill::test
