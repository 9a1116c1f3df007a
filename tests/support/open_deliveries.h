// What an engine would go on with.
#pragma once

#include <vector>

#include "waybill/event_log.h"

namespace waybill::test {

inline std::vector<Delivery> openDeliveries(const EventLog& log) {
    std::vector<Delivery> open;
    log.visitOpenDeliveries([&](Delivery delivery) { open.push_back(std::move(delivery)); });
    return open;
}

}  // namespace waybill::test
