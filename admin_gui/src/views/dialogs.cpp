// Questions before something is changed, and the list of keys.
#include <array>

#include <imgui_internal.h>
#include "model/format.h"
#include "views/parts.h"
#include "views/shortcuts.h"

namespace waybill::gui {
namespace {

/// Lays a dialog out downwards; its window is as high as that came.
struct Sheet {
    Ui& ui;
    const Scene& scene;
    Intents& out;
    float x;
    float y;
    float w;

    const Palette& colors() const { return ui.colors(); }

    void title(std::string_view text) {
        ui.textIn(Font::kTitle, x, y + ui.px(12), w, colors().text, text);
        y += ui.px(34);
    }
    void words(std::string_view text) {
        y += ui.paragraph(Font::kBody, x, y, w, colors().text2, text, ui.px(20)) + ui.px(14);
    }
    void label(std::string_view text, std::string_view note = {}) {
        const float used = ui.text(Font::kSmallMedium, x, y + ui.px(8), colors().text2, text);
        ui.textIn(Font::kSmall, x + used + ui.px(8), y + ui.px(8), w - used - ui.px(8),
                  colors().text3, note);
        y += ui.px(22);
    }
    bool field(const char* name, std::string& text, FieldLook look) {
        const bool changed = textField(ui, name, {x, y, w, ui.px(34)}, text, look);
        y += ui.px(34) + ui.px(14);
        return changed;
    }
};

struct Fact {
    std::string label;
    std::string value;
    Color color;
};

void factBox(Sheet& sheet, const std::vector<Fact>& facts) {
    Ui& ui = sheet.ui;
    const float h = ui.px(26) * f(facts.size()) + ui.px(14);
    ui.box({sheet.x, sheet.y, sheet.w, h}, sheet.colors().code, sheet.colors().line, ui.px(8));
    float y = sheet.y + ui.px(7) + ui.px(13);
    for (const Fact& fact : facts) {
        ui.text(Font::kBody, sheet.x + ui.px(14), y, sheet.colors().text2, fact.label);
        const float label = ui.width(Font::kBody, fact.label) + ui.px(44);
        ui.textIn(Font::kMono, sheet.x + label, y, sheet.w - label - ui.px(14), fact.color,
                  fact.value, Align::kRight);
        ui.mark(("fact." + fact.label).c_str(), {sheet.x, y - ui.px(13), sheet.w, ui.px(26)},
                fact.value);
        y += ui.px(26);
    }
    sheet.y += h + ui.px(16);
}

/// The two buttons at the end. Enter presses the strong one.
void buttons(Sheet& sheet, const ButtonLook& accept, bool has_cancel = true) {
    Ui& ui = sheet.ui;
    sheet.y += ui.px(4);
    float right = sheet.x + sheet.w;
    if (buttonRight(ui, "dialog.accept", right, sheet.y, accept))
        sheet.out.push_back(intent::Accept{});
    if (has_cancel && buttonRight(ui, "dialog.dismiss", right, sheet.y,
                                  {.label = "Close", .height = accept.height})) {
        sheet.out.push_back(intent::Dismiss{});
    }
    sheet.y += ui.px(accept.height);
    if (accept.enabled && ui.pressed(Key::kEnter)) sheet.out.push_back(intent::Accept{});
}

// ---- confirming

std::string titleOf(const Scene& scene, const ConfirmDialog& dialog) {
    const Loaded<BulkView>& bulk = scene.seen.preview.bulk;
    const bool counting = dialog.target.byFilter() && !bulk;
    const std::uint64_t count = dialog.target.byFilter() && bulk ? bulk->matched : dialog.count;
    const std::string many = counting ? "all that match" : counted(count, "delivery", "deliveries");
    switch (dialog.action) {
        case Action::kRedeliver:
            return "Re-deliver " + many + "?";
        case Action::kCancel:
            return "Cancel " + many + "?";
        case Action::kPauseEndpoint:
            return "Pause this endpoint?";
        case Action::kResumeEndpoint:
            return "Resume this endpoint?";
    }
    return {};
}

std::string_view explanationOf(Action action) {
    switch (action) {
        case Action::kRedeliver:
            return "Each is sent again with its original payload and webhook-id, so that a "
                   "receiver "
                   "can tell a duplicate. A retry that waits is replaced. Order is not kept.";
        case Action::kCancel:
            return "Nothing more will be sent. What is on the wire now ends as it ends. A "
                   "cancelled "
                   "delivery can be re-delivered later.";
        case Action::kPauseEndpoint:
            return "New deliveries are still accepted and wait; attempts on the wire end as they "
                   "end. It stays paused, also across restarts, until somebody resumes it.";
        case Action::kResumeEndpoint:
            return "What waits is sent, gently at first: its share of the wire grows with the "
                   "answers it gives.";
    }
    return {};
}

constexpr std::array<double, 4> kRates = {10, 50, 200, 1000};

std::vector<Fact> factsOf(const Sheet& sheet, const ConfirmDialog& dialog) {
    const Palette& c = sheet.colors();
    std::vector<Fact> facts;
    if (!dialog.endpoint.empty()) {
        facts.push_back({"Endpoint", shortEndpoint(dialog.endpoint), c.text});
        if (sheet.scene.seen.endpoints) {
            for (const EndpointView& each : *sheet.scene.seen.endpoints) {
                if (each.endpoint != dialog.endpoint) continue;
                facts.push_back({"Waiting now", grouped(each.pending), c.text});
                facts.push_back({"On the wire now", grouped(each.in_flight), c.text});
            }
        }
        return facts;
    }
    if (!dialog.target.byFilter()) {
        facts.push_back({"Endpoints affected", grouped(dialog.endpoints), c.text});
        if (dialog.action == Action::kRedeliver) {
            facts.push_back({"Expected time", "at once, within each endpoint's limits", c.text});
        }
        if (dialog.finished != 0 && dialog.action == Action::kRedeliver) {
            facts.push_back(
                {"Already delivered: a duplicate", grouped(dialog.finished), c.of(Hue::kRetry)});
        }
        return facts;
    }
    const Loaded<BulkView>& bulk = sheet.scene.seen.preview.bulk;
    const std::string wait = "counting\u2026";
    const std::string filter = filterArguments(dialog.target.filter);
    facts.push_back({"Which", filter.empty() ? "every delivery there is" : filter, c.text});
    facts.push_back({"Deliveries that match", bulk ? grouped(bulk->matched) : wait, c.text});
    facts.push_back({"Endpoints affected", bulk ? grouped(bulk->endpoints) : wait, c.text});
    if (dialog.action == Action::kRedeliver) {
        const bool known = bulk && bulk->expected_time;
        facts.push_back({"Expected time",
                         known  ? "about " + span(*bulk->expected_time)
                         : bulk ? "\u2013"
                                : wait,
                         c.text});
    }
    return facts;
}

void ratePicker(Sheet& sheet, ConfirmDialog& dialog, bool& changed) {
    constexpr std::array<std::string_view, 4> kLabels = {"10 a second", "50", "200", "1,000"};
    std::size_t chosen = 1;
    for (std::size_t i = 0; i < kRates.size(); ++i) {
        if (kRates[i] == dialog.rate) chosen = i;
    }
    sheet.label("Rate", "it can be paused and stopped while it runs");
    const std::size_t now = segments(sheet.ui, "confirm.rate", sheet.x, sheet.y, kLabels, chosen);
    sheet.y += sheet.ui.px(46);
    if (now == chosen) return;
    dialog.rate = kRates[now];
    changed = true;
}

void confirm(Sheet& sheet, ConfirmDialog dialog) {
    const bool by_filter = dialog.target.byFilter() && dialog.endpoint.empty();
    bool changed = false;
    sheet.title(titleOf(sheet.scene, dialog));
    sheet.words(explanationOf(dialog.action));
    const auto facts = factsOf(sheet, dialog);
    if (!facts.empty()) factBox(sheet, facts);
    const Loaded<BulkView>& bulk = sheet.scene.seen.preview.bulk;
    if (by_filter && !bulk && !bulk.problem.empty()) {
        sheet.y += banner(sheet.ui, sheet.x, sheet.y, sheet.w, icons::kWarning, bulk.problem,
                          sheet.colors().of(Hue::kFailed), sheet.colors().softOf(Hue::kFailed)) +
                   sheet.ui.px(14);
    }
    if (by_filter && dialog.action == Action::kRedeliver) ratePicker(sheet, dialog, changed);
    if (dialog.correcting && dialog.target.ids.size() == 1) {
        sheet.label("Another URL", "holds from this round on; empty: as before");
        changed |= sheet.field("confirm.url", dialog.url, {.hint = "https://\u2026", .mono = true});
        sheet.label("Another token", "empty: as before");
        changed |= sheet.field("confirm.token", dialog.token,
                               {.hint = "never shown again", .password = true});
    }
    sheet.label("Reason", "goes into the log");
    changed |=
        sheet.field("confirm.reason", dialog.reason, {.hint = "why, for whoever reads this later"});
    if (changed) sheet.out.push_back(intent::EditConfirm{dialog});

    const bool ready = !by_filter || (bulk && bulk->matched != 0);
    const bool danger = dialog.action == Action::kCancel;
    std::string label = danger ? "Cancel them" : "Re-deliver";
    if (danger && dialog.count == 1) label = "Cancel it";
    if (dialog.action == Action::kPauseEndpoint) label = "Pause";
    if (dialog.action == Action::kResumeEndpoint) label = "Resume";
    const Icon* icon = dialog.action == Action::kRedeliver       ? &icons::kRedeliver
                       : dialog.action == Action::kCancel        ? &icons::kCancel
                       : dialog.action == Action::kPauseEndpoint ? &icons::kPause
                                                                 : &icons::kPlay;
    buttons(sheet, {.kind = danger ? ButtonKind::kDanger : ButtonKind::kPrimary,
                    .icon = icon,
                    .label = label,
                    .key = "Enter",
                    .enabled = ready,
                    .height = 34});
}

// ---- the others

void actor(Sheet& sheet, const ActorDialog& dialog) {
    sheet.title("Who are you?");
    sheet.words(
        "Every action is recorded with the name of who did it. You are asked once; the name "
        "can be changed in the settings.");
    std::string name = dialog.name;
    if (sheet.field(
            "actor.name", name,
            {.hint = "your name", .icon = &icons::kPerson, .focus = ImGui::IsWindowAppearing()})) {
        sheet.out.push_back(intent::EditActor{name});
    }
    buttons(sheet, {.kind = ButtonKind::kPrimary,
                    .label = "Continue",
                    .key = "Enter",
                    .enabled = !name.empty(),
                    .height = 34});
}

void check(Sheet& sheet, const CheckDialog& dialog) {
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
    const auto say = [&](bool ok, std::string_view text) {
        const Hue hue = ok ? Hue::kDelivered : Hue::kFailed;
        sheet.y += banner(ui, sheet.x, sheet.y, sheet.w, ok ? icons::kDone : icons::kProblem, text,
                          sheet.colors().of(hue), sheet.colors().softOf(hue)) +
                   ui.px(12);
    };
    if (dialog.asked && !found.problem.empty()) say(false, found.problem);
    if (dialog.asked && found) {
        say(found->ok, found->summary);
        for (const CheckStep& step : found->steps) {
            const Hue hue = step.ok ? Hue::kDelivered : Hue::kFailed;
            ui.icon(step.ok ? icons::kDone : icons::kProblem, sheet.x, sheet.y + ui.px(10),
                    sheet.colors().of(hue));
            ui.text(Font::kBodyMedium, sheet.x + ui.px(28), sheet.y + ui.px(10),
                    sheet.colors().text, step.name);
            sheet.y += ui.paragraph(Font::kSmall, sheet.x + ui.px(110), sheet.y + ui.px(1),
                                    sheet.w - ui.px(110), sheet.colors().text2, step.explanation,
                                    ui.px(18)) +
                       ui.px(6);
        }
        sheet.y += ui.px(8);
    }
    buttons(sheet, {.kind = ButtonKind::kPrimary,
                    .icon = &icons::kCheck,
                    .label = "Check",
                    .key = "Enter",
                    .enabled = !url.empty(),
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
    buttons(sheet, {.kind = ButtonKind::kPrimary,
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
    buttons(sheet, {.kind = ButtonKind::kPrimary, .label = "Close", .key = "Enter", .height = 34},
            false);
    if (ui.typed(U'?')) sheet.out.push_back(intent::Dismiss{});
}

float widthOf(const Ui& ui, const Dialog& dialog) {
    if (std::holds_alternative<HelpDialog>(dialog)) return ui.px(760);
    if (std::holds_alternative<CheckDialog>(dialog)) return ui.px(600);
    return ui.px(520);
}

void contents(Sheet& sheet, const Dialog& dialog) {
    if (const auto* asked = std::get_if<ConfirmDialog>(&dialog)) confirm(sheet, *asked);
    if (const auto* asked = std::get_if<ActorDialog>(&dialog)) actor(sheet, *asked);
    if (const auto* asked = std::get_if<CheckDialog>(&dialog)) check(sheet, *asked);
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
