#include "views/dialog_sheet.h"

namespace waybill::gui {

void Sheet::title(std::string_view text) {
    ui.textIn(Font::kTitle, x, y + ui.px(12), w, colors().text, text);
    y += ui.px(34);
}

void Sheet::words(std::string_view text) {
    y += ui.paragraph(Font::kBody, x, y, w, colors().text2, text, ui.px(20)) + ui.px(14);
}

void Sheet::label(std::string_view text, std::string_view note) {
    const float used = ui.text(Font::kSmallMedium, x, y + ui.px(8), colors().text2, text);
    ui.textIn(Font::kSmall, x + used + ui.px(8), y + ui.px(8), w - used - ui.px(8), colors().text3,
              note);
    y += ui.px(22);
}

bool Sheet::field(const char* name, std::string& text, const FieldLook& look) {
    const bool changed = textField(ui, name, {x, y, w, ui.px(34)}, text, look);
    y += ui.px(34) + ui.px(14);
    return changed;
}

void Sheet::problem(const char* name, std::string_view text) {
    y -= ui.px(8);
    const float h = ui.paragraph(Font::kSmall, x, y, w, colors().of(Hue::kFailed), text, ui.px(18));
    ui.mark(name, {x, y, w, h}, text);
    y += h + ui.px(10);
}

bool Sheet::reason(const char* name, std::string& text) {
    label("Reason", "goes into the log");
    const std::string wrong = problemOfReason(text);
    const bool changed =
        field(name, text, {.hint = "why, for whoever reads this later", .wrong = !wrong.empty()});
    if (!wrong.empty()) problem((std::string(name) + ".problem").c_str(), wrong);
    return changed;
}

void Sheet::say(const Icon& icon, Hue hue, std::string_view text) {
    y += banner(ui, x, y, w, icon, text, colors().of(hue), colors().softOf(hue)) + ui.px(14);
}

void Sheet::buttons(const ButtonLook& accept, bool has_cancel) {
    y += ui.px(4);
    float right = x + w;
    if (buttonRight(ui, "dialog.accept", right, y, accept)) out.push_back(intent::Accept{});
    if (has_cancel &&
        buttonRight(ui, "dialog.dismiss", right, y, {.label = "Close", .height = accept.height})) {
        out.push_back(intent::Dismiss{});
    }
    y += ui.px(accept.height);
    if (accept.enabled && ui.pressed(Key::kEnter)) out.push_back(intent::Accept{});
}

}  // namespace waybill::gui
