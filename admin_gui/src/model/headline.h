// The one sentence an operator reads first.
#pragma once

#include <string>

#include "model/snapshot.h"

namespace waybill::gui {

enum class Alarm { kNone, kWell, kWatch, kBroken };

struct Headline {
    Alarm alarm = Alarm::kNone;
    std::string sentence{};  ///< what is broken, since when
    std::string detail{};    ///< whose fault it looks like, whom it affects
    std::string endpoint{};  ///< the one that an action would be about; empty: none in particular
};

/// Pure. `now` is the time of the figures, not of the screen.
Headline headlineOf(const Snapshot& seen, Timestamp now);

/// Endpoints that want an eye, worst first.
std::vector<const EndpointView*> troubled(const Snapshot& seen);

}  // namespace waybill::gui
