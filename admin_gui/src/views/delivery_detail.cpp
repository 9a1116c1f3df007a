// One delivery: what was sent, what came back, where the time went, what is next.
#include <array>

#include "model/evidence.h"
#include "model/format.h"
#include "views/detail_tabs.h"
#include "views/parts.h"
#include "waybill/in_words.h"

namespace waybill::gui {
namespace {

void copyMenu(Ui& ui, const Scene& scene, float x, float y, Intents& out) {
    const OpenDelivery& open = scene.seen.open;
    const DeliveryView& delivery = open.detail->delivery;
    const std::array<MenuItem, 6> items = {{
        {.label = "Id", .note = "C"},
        {.label = "URL", .note = "U", .enabled = !delivery.url.empty()},
        {.label = "Request as cURL", .note = "Shift+C"},
        {.label = "Delivery as JSON"},
        {.label = "Payload", .enabled = bool(open.payload)},
        {.label = "As a command"},
    }};
    switch (menu(ui, "copy.menu", x, y, ui.px(240), items)) {
        case 0:
            out.push_back(intent::Copy{"Id", delivery.id});
            break;
        case 1:
            out.push_back(intent::Copy{"URL", delivery.url});
            break;
        case 2:
            out.push_back(intent::Copy{"cURL command", curlCommand(open, scene.place.command)});
            break;
        case 3:
            out.push_back(intent::Copy{"JSON", toJson(*open.detail)});
            break;
        case 4:
            out.push_back(copyOfPayload(scene));
            break;
        case 5:
            out.push_back(
                intent::Copy{"Command", scene.place.command + " show " + shellQuoted(delivery.id)});
            break;
        default:
            break;
    }
}

void actions(Ui& ui, const Scene& scene, float x, float y, Intents& out) {
    const DeliveryView& delivery = scene.seen.open.detail->delivery;
    const bool attempting = delivery.status == "attempting";
    const bool live = attempting || delivery.status == "pending";
    const bool may = scene.read_only.empty();
    const auto tip = [&](std::string_view text) {
        return may ? text : std::string_view(scene.read_only);
    };
    const ButtonLook again{.kind = ButtonKind::kPrimary,
                           .icon = &icons::kRedeliver,
                           .label = "Re-deliver",
                           .tip = !may         ? std::string_view(scene.read_only)
                                  : attempting ? "An attempt is on the wire; wait for its outcome."
                                               : "Another round now, with the same payload and id "
                                                 "(R)",
                           .enabled = may && !attempting};
    if (button(ui, "detail.redeliver", x, y, again)) out.push_back(intent::AskRedeliver{});
    x += buttonWidth(ui, again) + ui.px(8);
    if (live) {
        const ButtonLook cancel{
            .label = "Cancel", .tip = tip("Nothing more will be sent (Del)"), .enabled = may};
        if (button(ui, "detail.cancel", x, y, cancel)) out.push_back(intent::AskCancel{});
        x += buttonWidth(ui, cancel) + ui.px(8);
    } else {
        const ButtonLook correct{.label = "With changes\u2026",
                                 .tip = tip("Re-deliver to another URL or with another token"),
                                 .enabled = may};
        if (button(ui, "detail.correct", x, y, correct)) out.push_back(intent::AskRedeliver{true});
        x += buttonWidth(ui, correct) + ui.px(8);
    }
    const ButtonLook copy{.icon = &icons::kCopy, .label = "Copy"};
    if (button(ui, "detail.copy", x, y, copy)) ImGui::OpenPopup("copy.menu");
    copyMenu(ui, scene, x, y + ui.px(36), out);
}

void fact(Ui& ui, Rect& area, std::string_view label, std::string_view value, Color color,
          Font font = Font::kBody) {
    const Rect row = area.takeTop(ui.px(25));
    if (row.h < ui.px(25)) return;
    ui.text(Font::kSmall, row.x, row.middleY(), ui.colors().text3, label);
    ui.textIn(font, row.x + ui.px(96), row.middleY(), row.w - ui.px(96), color, value);
}

void facts(Ui& ui, const Scene& scene, Rect area) {
    const Palette& c = ui.colors();
    const DeliveryView& delivery = scene.seen.open.detail->delivery;
    fact(ui, area, "URL",
         delivery.url.empty() ? delivery.endpoint + " (the URL is missing or damaged)"
                              : std::string(shortUrl(delivery.url)),
         c.text);
    fact(ui, area, "Client", delivery.client, c.text);
    fact(ui, area, "Accepted",
         timeInWords(delivery.created_at) + " \u00b7 " + ago(scene.now - delivery.created_at),
         c.text);
    fact(ui, area, "Payload",
         byteCount(delivery.payload_bytes) + " \u00b7 " + delivery.content_type +
             " \u00b7 sha256 " + delivery.payload_sha256.substr(0, 12),
         c.text);
}

constexpr float kFactsHeight = 4 * 25;

/// The sentence that answers "what is with it, and what next".
float sentence(Ui& ui, const Scene& scene, float x, float y, float width) {
    const DeliveryView& delivery = scene.seen.open.detail->delivery;
    const StatusLook look = lookOf(delivery);
    const std::string text = statusInWords(delivery, scene.now);
    const Palette& c = ui.colors();
    const float h =
        ui.paragraph(Font::kSmall, 0, 0, width - ui.px(30), 0, text, ui.px(18), 4, true);
    ui.mark("sentence", {x, y, width, h + ui.px(16)}, text);
    ui.fill({x, y, width, h + ui.px(16)}, c.softOf(look.hue), ui.px(6));
    ui.fill({x, y + ui.px(6), ui.px(3), h + ui.px(4)}, c.of(look.hue), 1);
    ui.paragraph(Font::kSmall, x + ui.px(15), y + ui.px(8), width - ui.px(30), c.text, text,
                 ui.px(18), 4);
    return h + ui.px(16);
}

void detailKeys(Ui& ui, const Scene& scene, Intents& out) {
    if (!ui.listening() || !scene.seen.open.detail) return;
    const OpenDelivery& open = scene.seen.open;
    if (ui.typed(U'c')) out.push_back(intent::Copy{"Id", open.id});
    if (ui.typed(U'C'))
        out.push_back(intent::Copy{"cURL command", curlCommand(open, scene.place.command)});
    if (ui.typed(U'u')) out.push_back(intent::Copy{"URL", open.detail->delivery.url});
    if (ui.typed(U'f')) out.push_back(intent::OpenWide{});
    auto tab = static_cast<int>(scene.state.tab);
    if (ui.typed(U']')) tab = (tab + 1) % 3;
    if (ui.typed(U'[')) tab = (tab + 2) % 3;
    if (tab != static_cast<int>(scene.state.tab)) {
        out.push_back(intent::SetTab{static_cast<DetailTab>(tab)});
    }
}

/// Title, status, actions, facts. Returns what is left below.
Rect head(Ui& ui, const Scene& scene, Rect area, bool wide, Intents& out) {
    const Palette& c = ui.colors();
    const DeliveryView& delivery = scene.seen.open.detail->delivery;
    Rect inner = area.inset(ui.px(18), 0);
    const Rect title = inner.takeTop(ui.px(48));
    float right = title.right() + ui.px(10);
    const float top = title.y + ui.px(8);
    if (!wide) {
        if (buttonRight(
                ui, "detail.close", right, top,
                {.kind = ButtonKind::kGhost, .icon = &icons::kClose, .tip = "Close (Esc)"})) {
            out.push_back(intent::Close{});
        }
        right += ui.px(6);
        if (buttonRight(ui, "detail.expand", right, top,
                        {.kind = ButtonKind::kGhost,
                         .icon = &icons::kExpand,
                         .tip = "Fill the view (F)"})) {
            out.push_back(intent::OpenWide{});
        }
    }
    ui.textIn(Font::kTitle, title.x, title.middleY() + ui.px(2), right - title.x, c.text,
              delivery.subject.empty() ? delivery.id : delivery.subject);
    const Rect status = inner.takeTop(ui.px(32));
    const float pill = statusPill(ui, status.x, status.middleY(), lookOf(delivery));
    const float id = ui.textIn(Font::kMonoSmall, status.x + pill + ui.px(10), status.middleY(),
                               status.w - pill - ui.px(44), c.text2, delivery.id);
    if (button(ui, "detail.copy.id", status.x + pill + id + ui.px(14), status.y + ui.px(3),
               {.kind = ButtonKind::kGhost,
                .icon = &icons::kCopy,
                .tip = "Copy the id (C)",
                .height = 26})) {
        out.push_back(intent::Copy{"Id", delivery.id});
    }
    inner.takeTop(ui.px(8));
    const Rect buttons = inner.takeTop(ui.px(32), ui.px(12));
    actions(ui, scene, buttons.x, buttons.y, out);
    const float said = sentence(ui, scene, inner.x, inner.y, inner.w);
    inner.takeTop(said, ui.px(6));
    // Where there is little height the attempts need it more than what the table says, too.
    const float few = area.h < ui.px(460) ? ui.px(25) : ui.px(kFactsHeight);
    facts(ui, scene, inner.takeTop(few, ui.px(6)));
    Rect rest = area;
    rest.takeTop(inner.y - area.y);
    return rest;
}

std::string eventCount(const OpenDelivery& open) {
    return open.events ? std::to_string(open.events->size()) : std::string();
}

void tabbed(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    const OpenDelivery& open = scene.seen.open;
    const std::array<TabLook, 3> all = {{
        {"tab.attempts", "Attempts", std::to_string(open.detail->attempts.size())},
        {"tab.payload", "Payload", {}},
        {"tab.events", "Events", eventCount(open)},
    }};
    const Rect strip = area.takeTop(ui.px(38));
    const auto chosen = static_cast<std::size_t>(scene.state.tab);
    const std::size_t now = tabs(ui, strip.x, strip.y, strip.w, all, chosen);
    if (now != chosen) out.push_back(intent::SetTab{static_cast<DetailTab>(now)});
    area = {area.x, area.y, area.w, area.h - ui.px(4)};
    switch (scene.state.tab) {
        case DetailTab::kAttempts:
            return attemptsTab(ui, scene, area, out);
        case DetailTab::kPayload:
            return payloadTab(ui, scene, area, out);
        case DetailTab::kEvents:
            return eventsTab(ui, scene, area, out);
    }
}

/// Attempts on the left, payload or events on the right.
void sideBySide(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    const Palette& c = ui.colors();
    const Rect left = area.takeLeft(std::floor(area.w * 0.46F), 0);
    ui.vertical(left.right(), left.y, left.h, c.line);
    Rect column = head(ui, scene, left, true, out);
    const Rect strip = column.takeTop(ui.px(38));
    const std::array<TabLook, 1> one = {
        {{"tab.attempts", "Attempts", std::to_string(scene.seen.open.detail->attempts.size())}}};
    tabs(ui, strip.x, strip.y, strip.w, one, 0);
    attemptsTab(ui, scene, {column.x, column.y, column.w, column.h - ui.px(4)}, out);

    const std::array<TabLook, 2> other = {
        {{"tab.payload", "Payload", {}}, {"tab.events", "Events", eventCount(scene.seen.open)}}};
    area.takeTop(ui.px(10));
    const Rect right = area.takeTop(ui.px(38));
    const bool events = scene.state.tab == DetailTab::kEvents;
    const std::size_t now = tabs(ui, right.x, right.y, right.w, other, events ? 1 : 0);
    if (now != (events ? 1U : 0U)) {
        out.push_back(intent::SetTab{now == 1 ? DetailTab::kEvents : DetailTab::kPayload});
    }
    area.h -= ui.px(4);
    if (events) {
        eventsTab(ui, scene, area, out);
    } else {
        payloadTab(ui, scene, area, out);
    }
}

}  // namespace

void drawDetail(Ui& ui, const Scene& scene, const Rect& area, bool wide, Intents& out) {
    ui.card(area);
    detailKeys(ui, scene, out);
    const Rect inner = area.inset(1, 1);
    const OpenDelivery& open = scene.seen.open;
    if (open.id != scene.state.open || !open.detail) {
        const bool gone = open.id == scene.state.open && !open.detail.problem.empty();
        if (gone) {
            if (emptyState(ui, inner,
                           {.icon = &icons::kWarning,
                            .title = "This delivery cannot be shown",
                            .text = open.detail.problem,
                            .action = "Close",
                            .action_name = "detail.close",
                            .color = ui.colors().of(Hue::kRetry)})) {
                out.push_back(intent::Close{});
            }
            return;
        }
        return skeleton(ui, inner.inset(0, ui.px(12)), ui.px(40));
    }
    if (wide && area.w > ui.px(900)) return sideBySide(ui, scene, inner, out);
    tabbed(ui, scene, head(ui, scene, inner, wide, out), out);
}

}  // namespace waybill::gui
