// Events as lines, in the tail and in the event log.
#pragma once

#include "views/scene.h"

namespace waybill::gui {

/// Whether rows of this width end with the event's stream; narrower ones leave its room to the
/// rest.
bool hasStreamColumn(const Ui& ui, const Rect& row);

/// `with_position`: the global position stands first.
void eventRow(Ui& ui, const Scene& scene, const EventLine& line, const Rect& row,
              bool with_position, Intents& out);

}  // namespace waybill::gui
