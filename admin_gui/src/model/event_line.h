// One event as a line that can be read while it passes.
#pragma once

#include <string>

#include "waybill/views.h"

namespace waybill::gui {

/// How an event feels, which decides its colour.
enum class Tone { kQuiet, kGood, kBusy, kWarning, kBad };

struct EventLine {
    EventView event{};
    Tone tone = Tone::kQuiet;
    std::string label{};     ///< `attempt failed`
    std::string result{};    ///< `503`, `timeout`, or empty
    std::string took{};      ///< `148 ms`, or empty
    std::string endpoint{};  ///< where the event names it
    std::string words{};     ///< the rest: `attempt 2, retry in 5m 00s`
    std::string searched{};  ///< lower case, all that a filter looks at
};

/// Data that is no JSON makes a line without details, never an error. Pure.
EventLine lineOf(EventView event);

}  // namespace waybill::gui
