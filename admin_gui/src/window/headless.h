// A dashboard without a window: for pictures and tests.
#pragma once

#include <string>

#include "waybill/gui/dashboard.h"
#include "window/image.h"

struct ImGuiContext;

namespace waybill::gui {

/// Owns an ImGui context and draws a dashboard into it. One at a time on a thread.
class Headless {
public:
    Headless(int width, int height);
    ~Headless();
    Headless(const Headless&) = delete;
    Headless& operator=(const Headless&) = delete;

    /// One frame, a sixtieth of a second after the one before.
    void frame(Dashboard& dashboard, KeyPresses keys = {});
    /// Of the newest frame.
    Image picture(const Dashboard& dashboard) const;

    void moveMouse(float x, float y);
    void holdMouse(bool down);
    void turnWheel(float lines);
    /// What is typed into the field that has the keyboard.
    void type(const std::string& text);
    void holdKeys(bool ctrl, bool shift);
    const std::string& clipboard() const { return clipboard_; }

private:
    ImGuiContext* context_;
    std::string clipboard_;
};

}  // namespace waybill::gui
