// What would happen to a callback to a URL.
#include "views/dialog_sheet.h"

namespace waybill::gui {
namespace {

const Icon& iconOf(bool ok) {
    return ok ? icons::kDone : icons::kProblem;
}

Hue hueOf(bool ok) {
    return ok ? Hue::kDelivered : Hue::kFailed;
}

void drawFound(Sheet& sheet, const CheckView& found) {
    Ui& ui = sheet.ui;
    sheet.say(iconOf(found.ok), hueOf(found.ok), found.summary);
    for (const CheckStep& step : found.steps) {
        const float middle = sheet.y + ui.px(10);
        ui.icon(iconOf(step.ok), sheet.x, middle, sheet.colors().of(hueOf(step.ok)));
        ui.text(Font::kBodyMedium, sheet.x + ui.px(28), middle, sheet.colors().text, step.name);
        sheet.y +=
            ui.paragraph(Font::kSmall, sheet.x + ui.px(110), sheet.y + ui.px(1),
                         sheet.w - ui.px(110), sheet.colors().text2, step.explanation, ui.px(18)) +
            ui.px(6);
    }
    sheet.y += ui.px(8);
}

}  // namespace

void drawCheck(Sheet& sheet, const CheckDialog& dialog) {
    Ui& ui = sheet.ui;
    sheet.title("Check a URL");
    sheet.words(
        "What would happen to a callback: look-up, address policy, connection and TLS, step by "
        "step.");
    std::string url = dialog.url;
    bool send = dialog.send;
    bool changed =
        sheet.field("check.url", url,
                    {.hint = "https://\u2026", .mono = true, .focus = ImGui::IsWindowAppearing()});
    sheet.y -= ui.px(2);
    if (checkBox(ui, "check.send", sheet.x, sheet.y + ui.px(9), send ? 1 : 0)) {
        send = !send;
        changed = true;
    }
    ui.text(Font::kBody, sheet.x + ui.px(26), sheet.y + ui.px(9), sheet.colors().text2,
            "Send a test request as well");
    sheet.y += ui.px(32);
    if (changed) sheet.out.push_back(intent::EditCheck{url, send});
    const Loaded<CheckView>& found = sheet.scene.seen.check;
    if (dialog.asked && !found && found.problem.empty()) {
        ui.text(Font::kBody, sheet.x, sheet.y + ui.px(10), sheet.colors().text3, "Checking\u2026");
        sheet.y += ui.px(32);
    }
    if (dialog.asked && !found.problem.empty()) {
        sheet.say(icons::kProblem, Hue::kFailed, found.problem);
    }
    if (dialog.asked && found) drawFound(sheet, *found);
    sheet.buttons({.kind = ButtonKind::kPrimary,
                   .icon = &icons::kCheck,
                   .label = "Check",
                   .key = "Enter",
                   .enabled = !url.empty(),
                   .height = 34});
}

}  // namespace waybill::gui
