#include "window/keyboard.h"

#include <algorithm>

#include "window/key_map.h"

namespace waybill::gui {
namespace {

void holdModifiers(ImGuiIO& io, const Modifiers& held) {
    io.KeyCtrl = held.ctrl;
    io.KeyShift = held.shift;
    io.KeyAlt = held.alt;
    io.KeyMods = (held.ctrl ? ImGuiKeyModFlags_Ctrl : 0) |
                 (held.shift ? ImGuiKeyModFlags_Shift : 0) | (held.alt ? ImGuiKeyModFlags_Alt : 0);
}

bool contains(const KeyPresses& presses, const KeyPress& key) {
    return std::any_of(presses.begin(), presses.end(), [&](const KeyPress& press) {
        return press.key == key.key && press.character == key.character;
    });
}

}  // namespace

KeyPresses Keyboard::takeForFrame(ImGuiIO& io) {
    KeyPresses presses;
    const Modifiers held = waiting_.empty() ? now_ : waiting_.front().modifiers;
    holdModifiers(io, held);
    while (!waiting_.empty() && waiting_.front().modifiers == held) {
        const KeyEvent event = waiting_.front().event;
        if (!event.down && contains(presses, event.press)) break;
        waiting_.pop_front();
        if (event.typed) io.AddInputCharacter(event.press.character);
        if (!event.typed) holdImGuiKey(io, event.press, event.down);
        if (event.down) presses.push_back(event.press);
    }
    return presses;
}

}  // namespace waybill::gui
