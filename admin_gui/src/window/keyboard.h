// What the keyboard did since the last frame, in portions that a frame can take.
#pragma once

#include <deque>

#include <imgui.h>
#include "waybill/gui/input.h"

namespace waybill::gui {

struct Modifiers {
    bool ctrl = false;
    bool shift = false;
    bool alt = false;
    friend bool operator==(const Modifiers&, const Modifiers&) = default;
};

/// One event of the keyboard, kept until a frame takes it.
struct KeyEvent {
    KeyPress press{};
    bool down = true;
    bool typed = false;  ///< a character for a text field, too
};

/// ImGui 1.86 looks at keys and modifiers once a frame: what is pressed and released within one is
/// lost, and Ctrl+A is an A when Ctrl was let go before the frame. So events wait here with the
/// modifiers of their moment. A frame takes those of one state of the modifiers, and no release of
/// a key it took the press of. On the thread of the window.
class Keyboard {
public:
    void setModifiers(const Modifiers& now) { now_ = now; }
    const Modifiers& modifiers() const { return now_; }

    void add(const KeyEvent& event) { waiting_.push_back({event, now_}); }

    /// Whether frames have taken all events.
    bool empty() const { return waiting_.empty(); }

    /// Tells ImGui; returns the presses for the dashboard.
    KeyPresses takeForFrame(ImGuiIO& io);

private:
    struct Waiting {
        KeyEvent event;
        Modifiers modifiers;
    };

    std::deque<Waiting> waiting_;
    Modifiers now_;
};

}  // namespace waybill::gui
