// What the user does with a GLFW window, for the loop that draws it.
#pragma once

#include "window/keyboard.h"

struct GLFWwindow;

namespace waybill::gui {

struct WindowInput {
    static constexpr int kFramesAfterInput = 3;  ///< until what hovers, opens and scrolls settled

    Keyboard keyboard;
    int frames = kFramesAfterInput;  ///< how many are to be drawn for what happened so far
    bool exposed = true;
    float display_scale = 0;

    void touched() { frames = kFramesAfterInput; }
};

/// From now on the window's callbacks write to `input`, which outlives the window. There is one at
/// a time: GLFW's pointer for the user of a window is ImGui's.
void listen(GLFWwindow* window, WindowInput& input);

}  // namespace waybill::gui
