// The keys that ImGui's own text fields want, numbered as `Key` is.
#pragma once

#include <imgui.h>
#include "waybill/gui/input.h"

namespace waybill::gui {

void mapImGuiKeys(ImGuiIO& io);
void holdImGuiKey(ImGuiIO& io, const KeyPress& press, bool down);

}  // namespace waybill::gui
