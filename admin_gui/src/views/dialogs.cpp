// Questions before something is changed, and the list of keys.
#include <array>

#include <imgui_internal.h>
#include "views/dialog_sheet.h"
#include "views/shortcuts.h"

namespace waybill::gui {
namespace {

void actor(Sheet& sheet, const ActorDialog& dialog) {
    sheet.title("Who are you?");
    sheet.words(
        "Every action is recorded with the name of who did it. You are asked once; the name "
        "can be changed in the settings.");
    std::string name = dialog.name;
    const std::string typed = trimmed(name);
    const std::string problem = typed.empty() ? "" : problemOfName(typed);
    if (sheet.field("actor.name", name,
                    {.hint = "your name",
                     .icon = &icons::kPerson,
                     .wrong = !problem.empty(),
                     .focus = ImGui::IsWindowAppearing()})) {
        sheet.out.push_back(intent::EditActor{name});
    }
    if (!problem.empty()) sheet.problem("actor.problem", problem);
    sheet.buttons({.kind = ButtonKind::kPrimary,
                   .label = "Continue",
                   .key = "Enter",
                   .enabled = !typed.empty() && problem.empty(),
                   .height = 34});
}

void callBack(Sheet& sheet, CallBackDialog dialog) {
    sheet.title("Send the stored object");
    sheet.words(
        "A new delivery carries the object of this response as it is stored, with its own "
        "webhook-id and the retries of every other.");
    const std::string response = dialog.response;
    sheet.label("Response", response);
    sheet.label("URL");
    bool changed =
        sheet.field("callback.url", dialog.url,
                    {.hint = "https://\u2026", .mono = true, .focus = ImGui::IsWindowAppearing()});
    sheet.label("Token", "sent as Authorization: Bearer; empty: none");
    changed |= sheet.field("callback.token", dialog.token,
                           {.hint = "never shown again", .password = true});
    changed |= sheet.reason("callback.reason", dialog.reason);
    if (changed) sheet.out.push_back(intent::EditCallBack{dialog});
    sheet.buttons({.kind = ButtonKind::kPrimary,
                   .icon = &icons::kRedeliver,
                   .label = "Send",
                   .key = "Enter",
                   .enabled = !dialog.url.empty() && problemOfReason(dialog.reason).empty(),
                   .height = 34});
}

void exporting(Sheet& sheet, const ExportDialog& dialog) {
    sheet.title("Export deliveries");
    sheet.words(
        "Everything the filter finds, in the order of the table. The file holds callback URLs, "
        "which "
        "may contain secrets: only you can read it.");
    constexpr std::array<std::string_view, 2> kKinds = {"CSV", "JSON lines"};
    const std::size_t chosen = dialog.csv ? 0 : 1;
    const std::size_t now = segments(sheet.ui, "export.kind", sheet.x, sheet.y, kKinds, chosen);
    sheet.y += sheet.ui.px(46);
    sheet.label("File");
    std::string path = dialog.path;
    const bool changed = sheet.field("export.path", path, {.mono = true});
    if (changed || now != chosen) sheet.out.push_back(intent::EditExport{path, now == 0});
    sheet.buttons({.kind = ButtonKind::kPrimary,
                   .icon = &icons::kExport,
                   .label = "Export",
                   .key = "Enter",
                   .enabled = !path.empty(),
                   .height = 34});
}

void help(Sheet& sheet) {
    Ui& ui = sheet.ui;
    const Palette& c = sheet.colors();
    sheet.title("Keyboard shortcuts");
    const float column = (sheet.w - ui.px(28)) / 2;
    const float top = sheet.y;
    float bottom = top;
    const auto all = shortcuts();
    const std::size_t half = (all.size() + 1) / 2;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const float x = sheet.x + (i < half ? 0 : column + ui.px(28));
        const float y = top + ui.px(30) * f(i % half) + ui.px(15);
        float at = x;
        for (const std::string_view key : all[i].keys) {
            if (key.empty()) break;
            ui.box({at, y - ui.px(11), ui.width(Font::kMonoSmall, key) + ui.px(14), ui.px(22)},
                   c.raised, c.line_strong, ui.px(5));
            at += ui.px(7) + ui.text(Font::kMonoSmall, at + ui.px(7), y, c.text, key) + ui.px(11);
        }
        ui.textIn(Font::kBody, x + ui.px(128), y, column - ui.px(128), c.text2, all[i].meaning);
        bottom = std::max(bottom, y + ui.px(15));
    }
    sheet.y = bottom + ui.px(8);
    sheet.buttons({.kind = ButtonKind::kPrimary, .label = "Close", .key = "Enter", .height = 34},
                  false);
    if (ui.typed(U'?')) sheet.out.push_back(intent::Dismiss{});
}

float widthOf(const Ui& ui, const Dialog& dialog) {
    if (std::holds_alternative<HelpDialog>(dialog)) return ui.px(760);
    if (std::holds_alternative<CheckDialog>(dialog)) return ui.px(600);
    return ui.px(520);
}

void contents(Sheet& sheet, const Dialog& dialog) {
    if (const auto* asked = std::get_if<ConfirmDialog>(&dialog)) drawConfirm(sheet, *asked);
    if (const auto* asked = std::get_if<CallBackDialog>(&dialog)) callBack(sheet, *asked);
    if (const auto* asked = std::get_if<ActorDialog>(&dialog)) actor(sheet, *asked);
    if (const auto* asked = std::get_if<CheckDialog>(&dialog)) drawCheck(sheet, *asked);
    if (const auto* asked = std::get_if<ExportDialog>(&dialog)) exporting(sheet, *asked);
    if (std::holds_alternative<HelpDialog>(dialog)) help(sheet);
}

}  // namespace

void drawDialogs(Ui& ui, const Scene& scene, Intents& out) {
    const Dialog& dialog = scene.state.dialog;
    const bool wanted = !std::holds_alternative<std::monostate>(dialog);
    if (wanted && !ImGui::IsPopupOpen("dialog")) ImGui::OpenPopup("dialog");
    if (!wanted && !ImGui::IsPopupOpen("dialog")) return;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float w = std::min(widthOf(ui, dialog), screen.x - ui.px(32));
    ImGui::SetNextWindowPos({std::floor(screen.x / 2), std::floor(screen.y / 2)}, ImGuiCond_Always,
                            {0.5F, 0.5F});
    ImGui::SetNextWindowSize({w, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, ui.px(12));
    ImGui::PushStyleVar(ImGuiStyleVar_PopupBorderSize, 1);
    constexpr ImGuiWindowFlags kFlags =
        ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
        ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings;
    const bool open = ImGui::BeginPopupModal("dialog", nullptr, kFlags);
    ImGui::PopStyleVar(2);
    if (!open) return;
    ui.beginLayer();
    if (!wanted) {
        ImGui::CloseCurrentPopup();
    } else {
        const ImVec2 at = ImGui::GetWindowPos();
        if (ImGui::IsWindowAppearing()) ui.clearFocus();
        Sheet sheet{ui, scene, out, at.x + ui.px(24), at.y + ui.px(22), w - ui.px(48)};
        contents(sheet, dialog);
        ImGui::SetCursorScreenPos(at);
        ImGui::Dummy({w, sheet.y + ui.px(22) - at.y});
        if (ui.pressed(Key::kEscape)) out.push_back(intent::Dismiss{});
    }
    ui.endLayer();
    ImGui::EndPopup();
}

}  // namespace waybill::gui
