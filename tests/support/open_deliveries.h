// What an engine would go on with.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "waybill/event_log.h"

namespace waybill::test {

/// All, or a portion; see `EventLog::visitOpenDeliveries`.
inline std::vector<Delivery> openDeliveries(
    const EventLog& log, std::uint64_t after = 0,
    std::size_t limit = std::numeric_limits<std::int64_t>::max()) {
    std::vector<Delivery> open;
    log.visitOpenDeliveries(
        after, limit, [&](Delivery delivery) { open.push_back(std::move(delivery)); },
        [](const CorruptLog& error) { throw CorruptLog(error); });
    return open;
}

}  // namespace waybill::test
