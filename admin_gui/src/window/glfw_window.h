// The window on a desktop: GLFW and OpenGL, drawn only when something changed.
#pragma once

#include <string>

#include "waybill/gui/dashboard.h"

namespace waybill::gui {

struct WindowOptions {
    std::string title = "Waybill";
    std::string
        probe_file{};  ///< for tests of the real window: what is on the screen, after each picture
};

/// Wakes a window that waits; any thread, also when there is none.
void wakeWindow();

/// Shows `dashboard` until its window is closed. Returns the exit code; says on stderr why there is
/// no window when there is none.
int runWindow(Dashboard& dashboard, const WindowOptions& options);

}  // namespace waybill::gui
