// What a dialog is laid out on.
#pragma once

#include <string>
#include <string_view>

#include "views/parts.h"

namespace waybill::gui {

/// Lays a dialog out downwards; its window is as high as that came.
struct Sheet {
    Ui& ui;
    const Scene& scene;
    Intents& out;
    float x;
    float y;
    float w;

    const Palette& colors() const { return ui.colors(); }

    void title(std::string_view text);
    void words(std::string_view text);
    void label(std::string_view text, std::string_view note = {});
    bool field(const char* name, std::string& text, const FieldLook& look);

    /// What is wrong with the field above it.
    void problem(const char* name, std::string_view text);

    /// The field for why something is done. True: it was changed.
    bool reason(const char* name, std::string& text);

    /// What happened, or what is wrong.
    void say(const Icon& icon, Hue hue, std::string_view text);

    /// The two buttons at the end. Enter presses the strong one.
    void buttons(const ButtonLook& accept, bool has_cancel = true);
};

// Dialogs with a file of their own.
void drawConfirm(Sheet& sheet, ConfirmDialog dialog);
void drawCheck(Sheet& sheet, const CheckDialog& dialog);

}  // namespace waybill::gui
