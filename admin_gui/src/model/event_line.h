// One event as a line that can be read while it passes.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "waybill/views.h"

namespace waybill::gui {

/// What an event means for its delivery; it decides the colour.
enum class Tone { kQuiet, kGood, kBusy, kWarning, kBad };

struct EventLine {
    EventView event{};
    Tone tone = Tone::kQuiet;
    std::string label{};     ///< `attempt failed`
    std::string result{};    ///< `503`, `timeout`, or empty
    std::string took{};      ///< `148 ms`, or empty
    std::string endpoint{};  ///< where the event names it
    std::string subject{};   ///< of the delivery, where it is known
    std::string words{};     ///< the rest: `attempt 2, retry in 5m 00s`
    std::string searched{};  ///< lower case, all that a filter looks at
};

using EventLines = std::vector<std::shared_ptr<const EventLine>>;

/// Data that is no JSON makes a line without details, never an error. Pure.
EventLine lineOf(EventView event);

/// Only the first event of a delivery names its endpoint and subject, and a re-delivery with
/// another URL its endpoint; this says them on those that follow, so that a filter finds all of
/// them. Remembers the newest 20,000 or so.
class DeliveryNames {
public:
    /// Call it with every line, in the order of the log.
    void nameOf(EventLine& line);

private:
    struct Name {
        std::string endpoint;
        std::string subject;
    };
    std::unordered_map<StreamId, Name> names_;
};

}  // namespace waybill::gui
