// A delivery and everything that happened to it, on one page.
#pragma once

#include <vector>

#include "cli/console.h"
#include "waybill/views.h"

namespace waybill::cli {

/// `events`: the delivery's stream. `full`: whole heads and bodies, and the headers that were sent.
void printDelivery(Console& console, const DeliveryDetail& detail,
                   const std::vector<EventView>& events, Timestamp now, bool full);

/// A response's stream, for the question why it led to no callback.
void printResponse(Console& console, const std::vector<EventView>& events);

}  // namespace waybill::cli
