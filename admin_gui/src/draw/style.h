// What of ImGui's own look is left: scroll bars, text fields, tooltips.
#pragma once

#include "draw/ui.h"

namespace waybill::gui {

void applyStyle(const Palette& colors, float scale);

}  // namespace waybill::gui
