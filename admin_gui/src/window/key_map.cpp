#include "window/key_map.h"

namespace waybill::gui {
namespace {

/// Letters lie behind the named keys: Ctrl+A and the like.
constexpr int kLetters = 64;

int indexOf(const KeyPress& press) {
    if (press.key != Key::kCharacter) return static_cast<int>(press.key);
    const bool letter = press.ctrl && press.character >= U'a' && press.character <= U'z';
    return letter ? kLetters + static_cast<int>(press.character - U'a') : -1;
}

}  // namespace

void mapImGuiKeys(ImGuiIO& io) {
    const auto map = [&](ImGuiKey key, Key ours) { io.KeyMap[key] = static_cast<int>(ours); };
    map(ImGuiKey_Enter, Key::kEnter);
    map(ImGuiKey_Escape, Key::kEscape);
    map(ImGuiKey_Tab, Key::kTab);
    map(ImGuiKey_UpArrow, Key::kUp);
    map(ImGuiKey_DownArrow, Key::kDown);
    map(ImGuiKey_LeftArrow, Key::kLeft);
    map(ImGuiKey_RightArrow, Key::kRight);
    map(ImGuiKey_PageUp, Key::kPageUp);
    map(ImGuiKey_PageDown, Key::kPageDown);
    map(ImGuiKey_Home, Key::kHome);
    map(ImGuiKey_End, Key::kEnd);
    map(ImGuiKey_Delete, Key::kDelete);
    map(ImGuiKey_Backspace, Key::kBackspace);
    const auto letter = [&](ImGuiKey key, char c) { io.KeyMap[key] = kLetters + (c - 'a'); };
    letter(ImGuiKey_A, 'a');
    letter(ImGuiKey_C, 'c');
    letter(ImGuiKey_V, 'v');
    letter(ImGuiKey_X, 'x');
    letter(ImGuiKey_Y, 'y');
    letter(ImGuiKey_Z, 'z');
}

void holdImGuiKey(ImGuiIO& io, const KeyPress& press, bool down) {
    if (const int index = indexOf(press); index >= 0) io.KeysDown[index] = down;
}

}  // namespace waybill::gui
