// The parts of the view of deliveries, one file each.
#pragma once

#include "views/scene.h"

namespace waybill::gui {

void drawHistogram(Ui& ui, const Scene& scene, const Rect& card, Intents& out);
void drawFilters(Ui& ui, const Scene& scene, const Rect& bar, bool focus_search, Intents& out);
void drawDeliveryTable(Ui& ui, const Scene& scene, const Rect& card, Intents& out);

/// What can be done with what is ticked; floats over the table. Draw it last.
void drawBulkBar(Ui& ui, const Scene& scene, const Rect& card, Intents& out);

}  // namespace waybill::gui
