// ImGui's triangles as pixels, without any display or OpenGL: for pictures and for tests, the same
// on every machine.
#pragma once

#include <imgui.h>
#include "window/image.h"

namespace waybill::gui {

/// `background` is 0xAABBGGRR. The font atlas of the current context is the only texture.
Image rasterize(const ImDrawData& data, std::uint32_t background);

}  // namespace waybill::gui
