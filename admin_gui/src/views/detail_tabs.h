// What lies under the tabs of a delivery.
#pragma once

#include "views/scene.h"

namespace waybill::gui {

void attemptsTab(Ui& ui, const Scene& scene, const Rect& area, Intents& out);
void payloadTab(Ui& ui, const Scene& scene, const Rect& area, Intents& out);
void eventsTab(Ui& ui, const Scene& scene, const Rect& area, Intents& out);

}  // namespace waybill::gui
