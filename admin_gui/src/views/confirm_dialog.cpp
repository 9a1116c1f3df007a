// Asks before deliveries or an endpoint are changed.
#include <array>

#include "model/format.h"
#include "model/read_only.h"
#include "views/dialog_sheet.h"
#include "waybill/in_words.h"

namespace waybill::gui {
namespace {

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

/// The fields for another URL and token. `allowed`: whoever asks may send it there.
bool corrections(Sheet& sheet, ConfirmDialog& dialog, bool& allowed) {
    sheet.label("Another URL", "holds from this round on; empty: as before");
    bool changed = sheet.field("confirm.url", dialog.url, {.hint = "https://\u2026", .mono = true});
    std::string notice =
        otherOriginInWords(dialog.goes_to, trimmed(dialog.url), !dialog.token.empty());
    const bool elsewhere = !notice.empty();
    if (elsewhere) {
        const std::string forbidden = whyNotAdmin(sheet.scene.seen);
        allowed = forbidden.empty();
        if (!allowed) notice = forbidden + " " + notice;
        const float top = sheet.y;
        sheet.say(icons::kWarning, allowed ? Hue::kRetry : Hue::kFailed, notice);
        sheet.ui.mark("confirm.origin", {sheet.x, top, sheet.w, sheet.y - top}, notice);
    }
    sheet.label("Another token", elsewhere ? "empty: none is sent" : "empty: as before");
    changed |=
        sheet.field("confirm.token", dialog.token, {.hint = "never shown again", .password = true});
    return changed;
}

ButtonLook acceptButton(const ConfirmDialog& dialog, bool ready) {
    ButtonLook look{.kind = ButtonKind::kPrimary, .key = "Enter", .enabled = ready, .height = 34};
    switch (dialog.action) {
        case Action::kRedeliver:
            look.icon = &icons::kRedeliver;
            look.label = "Re-deliver";
            break;
        case Action::kCancel:
            look.kind = ButtonKind::kDanger;
            look.icon = &icons::kCancel;
            look.label = dialog.count == 1 ? "Cancel it" : "Cancel them";
            break;
        case Action::kPauseEndpoint:
            look.icon = &icons::kPause;
            look.label = "Pause";
            break;
        case Action::kResumeEndpoint:
            look.icon = &icons::kPlay;
            look.label = "Resume";
            break;
    }
    return look;
}

}  // namespace

void drawConfirm(Sheet& sheet, ConfirmDialog dialog) {
    const bool by_filter = dialog.target.byFilter() && dialog.endpoint.empty();
    bool changed = false;
    sheet.title(titleOf(sheet.scene, dialog));
    sheet.words(explanationOf(dialog.action));
    const auto facts = factsOf(sheet, dialog);
    if (!facts.empty()) factBox(sheet, facts);
    const Loaded<BulkView>& bulk = sheet.scene.seen.preview.bulk;
    if (by_filter && !bulk && !bulk.problem.empty()) {
        sheet.say(icons::kWarning, Hue::kFailed, bulk.problem);
    }
    if (by_filter && dialog.action == Action::kRedeliver) ratePicker(sheet, dialog, changed);
    bool allowed = true;
    if (dialog.correcting && dialog.target.ids.size() == 1)
        changed |= corrections(sheet, dialog, allowed);
    changed |= sheet.reason("confirm.reason", dialog.reason);
    if (changed) sheet.out.push_back(intent::EditConfirm{dialog});

    const bool counted_some = !by_filter || (bulk && bulk->matched != 0);
    const bool ready = counted_some && allowed && problemOfReason(dialog.reason).empty();
    sheet.buttons(acceptButton(dialog, ready));
}

}  // namespace waybill::gui
