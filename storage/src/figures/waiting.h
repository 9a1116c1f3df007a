// What waits and what is on the wire, now.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "waybill/time.h"

namespace waybill::sqlite::figures {

struct Waiting {
    std::uint64_t pending = 0;
    std::uint64_t in_flight = 0;
    std::optional<Timestamp> oldest_due{};

    void add(const Waiting& other) {
        pending += other.pending;
        in_flight += other.in_flight;
        if (!other.oldest_due) return;
        oldest_due = oldest_due ? std::min(*oldest_due, *other.oldest_due) : other.oldest_due;
    }
};

using WaitingByEndpoint = std::map<std::string, Waiting>;

}  // namespace waybill::sqlite::figures
