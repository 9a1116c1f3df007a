// Buttons, fields, pills and the other small things views are made of.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "draw/ui.h"
#include "model/snapshot.h"

namespace waybill::gui {

enum class ButtonKind { kOutline, kGhost, kPrimary, kDanger };

struct ButtonLook {
    ButtonKind kind = ButtonKind::kOutline;
    const Icon* icon = nullptr;
    std::string_view label{};
    std::string_view key{};  ///< its shortcut, shown in a small box
    std::string_view tip{};
    bool on = false;
    bool enabled = true;
    float height = 32;
};

float buttonWidth(const Ui& ui, const ButtonLook& look);
/// With its left upper corner at `x`, `y`. True when it was pressed.
bool button(Ui& ui, const char* name, float x, float y, const ButtonLook& look);
/// The same, ending at `right`; moves `right` to the left by its width and a gap.
bool buttonRight(Ui& ui, const char* name, float& right, float y, const ButtonLook& look);

/// 0: empty, 1: ticked, 2: some are.
bool checkBox(Ui& ui, const char* name, float x, float y, int state, bool stop = true,
              bool enabled = true);

/// One line of text. `text` is what it shows when it is not being typed in; true: it was changed.
struct FieldLook {
    std::string_view hint{};
    const Icon* icon = nullptr;
    std::string_view key{};  ///< shown while it is empty
    bool password = false;
    bool wrong = false;
    bool mono = false;
    bool focus = false;  ///< take the keyboard now
};
bool textField(Ui& ui, const char* name, const Rect& rect, std::string& text,
               const FieldLook& look);

/// Returns its width.
float pill(Ui& ui, float x, float y, std::string_view label, Color color, Color behind,
           bool hollow = false);
float pillWidth(const Ui& ui, std::string_view label);

/// A small count, as beside a tab.
float badge(Ui& ui, float x, float y, std::string_view text, Color color, Color behind);

/// A key in its box. Returns its width.
float keyCap(Ui& ui, float x, float y, std::string_view key, Color text, Color behind);
float keyCapWidth(const Ui& ui, std::string_view key);

/// A row of tabs over a line; returns the one that is chosen now.
struct TabLook {
    const char* name;
    std::string_view label;
    std::string badge{};
};
std::size_t tabs(Ui& ui, float x, float y, float width, std::span<const TabLook> all,
                 std::size_t chosen);

/// Choices of which one holds, side by side. Returns the one that holds now.
std::size_t segments(Ui& ui, const char* name, float x, float y,
                     std::span<const std::string_view> all, std::size_t chosen);

/// A list that opens below its button.
struct MenuItem {
    std::string label{};
    std::string note{};
    bool chosen = false;
    bool enabled = true;
    const Icon* icon = nullptr;
};
/// The index of the item that was chosen, or -1. Call it right after the button that opens it with
/// `ImGui::OpenPopup(name)`.
int menu(Ui& ui, const char* name, float x, float y, float width, std::span<const MenuItem> items);

void progressBar(Ui& ui, const Rect& rect, double part, Color color);

/// A message in the middle of an area with nothing else in it. Returns true when its button was
/// pressed.
struct EmptyLook {
    const Icon* icon = nullptr;
    std::string_view title{};
    std::string_view text{};
    std::string_view action{};
    const char* action_name = "";
    std::string_view action_tip{};
    bool enabled = true;  ///< the action
    Color color = 0;
};
bool emptyState(Ui& ui, const Rect& area, const EmptyLook& look);

/// Grey bars where text will be.
void skeleton(Ui& ui, const Rect& area, float row_height);

/// A message over the width of an area. Returns its height.
float banner(Ui& ui, float x, float y, float width, const Icon& icon, std::string_view text,
             Color color, Color behind);

/// What to say in an area whose data is not here: loading, unsupported, or failed. True: something
/// was said and there is nothing to draw.
template <typename T>
bool sayWhyMissing(Ui& ui, const Rect& area, const Loaded<T>& loaded, const Connection& connection);
bool sayWhyMissing(Ui& ui, const Rect& area, bool here, const std::string& problem,
                   bool unsupported, const Connection& connection);
template <typename T>
bool sayWhyMissing(Ui& ui, const Rect& area, const Loaded<T>& loaded,
                   const Connection& connection) {
    return sayWhyMissing(ui, area, loaded.value != nullptr, loaded.problem, loaded.unsupported,
                         connection);
}

}  // namespace waybill::gui
