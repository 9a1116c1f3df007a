// An event as a line for people.
#pragma once

#include <string>

#include "cli/console.h"
#include "waybill/views.h"

namespace waybill::cli {

struct EventWords {
    std::string text;  ///< `attempt 2 failed: 503 Service Unavailable after 12 ms; next in 5m0s`
    Style style = Style::kPlain;
};

/// Says what an event means to somebody who watches. One of an unknown type, or with data that are
/// not as expected, is shown as it is. Pure.
EventWords eventInWords(const EventView& event);

}  // namespace waybill::cli
