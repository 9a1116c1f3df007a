// The log as it is on record: browse, jump, prove.
#include <charconv>
#include <cmath>

#include "model/format.h"
#include "views/event_rows.h"
#include "views/parts.h"
#include "waybill/in_words.h"

namespace waybill::gui {
namespace {

constexpr std::uint64_t kStretch = 200;

/// A label over a value, side by side with others.
float figure(Ui& ui, float x, const Rect& card, std::string_view label, std::string_view value,
             float width) {
    ui.text(Font::kLabel, x, card.y + ui.px(20), ui.colors().text3, label);
    ui.textIn(Font::kMono, x, card.y + ui.px(42), width, ui.colors().text, value);
    return x + width + ui.px(24);
}

/// The button; returns where it begins.
float verifyButton(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    float right = card.right() - ui.px(16);
    const float top = card.middleY() - ui.px(16);
    if (scene.place.can_verify) {
        const bool running = scene.seen.verification.running;
        if (buttonRight(ui, "events.verify", right, top,
                        {.icon = &icons::kShield,
                         .label = running ? "Verifying\u2026" : "Verify",
                         .tip = "Checks every hash, position and fold of the log file",
                         .enabled = !running})) {
            out.push_back(intent::Verify{});
        }
    } else if (const std::string& hash = scene.seen.info->head_hash;
               buttonRight(ui, "events.verify.copy", right, top,
                           {.icon = &icons::kShield,
                            .label = "Copy verify command",
                            .tip = "The file is not here; run this where it is",
                            .enabled = !hash.empty()})) {
        out.push_back(intent::Copy{"Command", "waybill verify waybill.db --expect-head " + hash});
    }
    return right;
}

void verdict(Ui& ui, const Scene& scene, const Rect& room) {
    const Verification& found = scene.seen.verification;
    const Color color = ui.colors().of(found.sound ? Hue::kDelivered : Hue::kFailed);
    ui.mark("events.verdict", room, found.text);
    ui.icon(found.sound ? icons::kDone : icons::kProblem, room.x, room.middleY(), color);
    const float x = room.x + ui.px(28);
    const float w = room.right() - x;
    const float h = ui.paragraph(Font::kSmall, 0, 0, w, 0, found.text, ui.px(17), 3, true);
    ui.paragraph(Font::kSmall, x, std::floor(room.middleY() - h / 2), w, color, found.text,
                 ui.px(17), 3);
}

/// Position and hash of the head, and either the log's id or what a check of the chain found.
void head(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    ui.card(card);
    if (!scene.seen.info) return;
    const InfoView& info = *scene.seen.info;
    const float right = verifyButton(ui, scene, card, out);
    float x = card.x + ui.px(18);
    x = figure(ui, x, card, "Head", grouped(info.head_position), ui.px(96));
    const float whole = ui.width(Font::kMono, info.head_hash) + 1;
    const bool checked = !scene.seen.verification.text.empty();
    const float hash = std::min(whole, (right - x) * (checked ? 0.5F : 1.F));
    x = figure(ui, x, card, "Hash of the head", info.head_hash, hash);
    const float room = right - ui.px(12) - x;
    if (checked) {
        verdict(ui, scene, {x, card.y + ui.px(4), room, card.h - ui.px(8)});
    } else if (room > ui.px(120)) {
        figure(ui, x, card, "Log id", info.log_id, room);
    }
}

std::optional<std::uint64_t> positionFrom(const std::string& text) {
    std::uint64_t position = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return position;
}

void browse(Ui& ui, const Scene& scene, const Rect& bar, bool focus, Intents& out) {
    const State& state = scene.state;
    std::string jump = state.jump;
    const auto position = positionFrom(jump);
    const Rect field{bar.x, bar.y, ui.px(220), bar.h};
    if (textField(ui, "events.jump", field, jump,
                  {.hint = "Go to position \u2026",
                   .icon = &icons::kSearch,
                   .key = "/",
                   .wrong = !jump.empty() && !position,
                   .focus = focus})) {
        out.push_back(intent::EditJump{jump});
        if (const auto to = positionFrom(jump); to && *to > 0) {
            out.push_back(intent::ShowStretch{false, *to - 1});
        }
    }
    const auto& stretch = scene.seen.stretch;
    const std::uint64_t after = stretch ? stretch->after : 0;
    float x = field.right() + ui.px(10);
    const ButtonLook older{.label = "Older", .key = "[", .enabled = after > 0};
    const ButtonLook newer{.label = "Newer", .key = "]", .enabled = !state.stretch_at_head};
    const ButtonLook newest{.label = "Newest", .on = state.stretch_at_head};
    const bool keys = ui.listening();
    const bool back = button(ui, "events.older", x, bar.y, older) || (keys && ui.typed(U'['));
    x += buttonWidth(ui, older) + ui.px(6);
    const bool forth = button(ui, "events.newer", x, bar.y, newer) || (keys && ui.typed(U']'));
    x += buttonWidth(ui, newer) + ui.px(6);
    if (button(ui, "events.newest", x, bar.y, newest)) out.push_back(intent::ShowStretch{true, 0});
    if (back && after > 0) {
        out.push_back(intent::ShowStretch{false, after - std::min(after, kStretch)});
    }
    if (forth && !state.stretch_at_head) {
        const bool end = after + kStretch >= scene.seen.head;
        out.push_back(intent::ShowStretch{end, after + kStretch});
    }
    if (!stretch || stretch->lines.empty()) return;
    ui.textRight(Font::kSmall, bar.right(), bar.middleY(), ui.colors().text3,
                 "positions " + grouped(stretch->lines.front()->event.global_position) + " to " +
                     grouped(stretch->lines.back()->event.global_position));
}

/// The whole event under the list.
void focused(Ui& ui, const EventLine& line, const Rect& area, Intents& out) {
    const Palette& c = ui.colors();
    const EventView& event = line.event;
    ui.card(area);
    Rect inner = area.inset(ui.px(18), ui.px(10));
    const Rect title = inner.takeTop(ui.px(32));
    float right = title.right();
    if (buttonRight(ui, "event.close", right, title.y,
                    {.kind = ButtonKind::kGhost, .icon = &icons::kClose})) {
        out.push_back(intent::FocusEvent{event.global_position});
    }
    if (buttonRight(ui, "event.copy", right, title.y,
                    {.kind = ButtonKind::kGhost, .icon = &icons::kCopy, .label = "Copy JSON"})) {
        out.push_back(intent::Copy{"Event", toJson(event)});
    }
    if (event.stream.starts_with("dlv_")) {
        if (buttonRight(ui, "event.open", right, title.y, {.label = "Show delivery"})) {
            out.push_back(intent::Open{event.stream});
        }
    }
    const float w = ui.text(Font::kBodySemi, title.x, title.middleY(), c.text,
                            "#" + grouped(event.global_position) + "  " + line.label);
    const std::string about = timeInWords(event.recorded_at) + " \u00b7 " + actorInWords(event) +
                              " \u00b7 " + event.stream + " at " + std::to_string(event.position);
    ui.mark("event.about", title, about);
    ui.textIn(Font::kSmall, title.x + w + ui.px(14), title.middleY(),
              right - title.x - w - ui.px(20), c.text3, about);
    const Rect hash = inner.takeTop(ui.px(24));
    ui.textIn(Font::kMonoSmall, hash.x, hash.middleY(), hash.w, c.text3, "hash " + event.hash);
    ui.box(inner, c.code, c.line, ui.px(6));
    const Rect code = inner.inset(ui.px(12), ui.px(8));
    Scroll scroll("event.data", code);
    const float h = ui.paragraph(Font::kMonoSmall, code.x, scroll.top(), scroll.width(), c.text2,
                                 event.data, ui.px(18), 200);
    scroll.contents(h);
}

void headings(Ui& ui, const Rect& row) {
    const float y = row.middleY();
    float x = row.x + ui.px(16);
    headingRight(ui, x + ui.px(76), y, "Position");
    heading(ui, x += ui.px(96), y, "Time");
    heading(ui, x += ui.px(106), y, "Event");
    heading(ui, x += ui.px(176), y, "Result");
    headingRight(ui, (x += ui.px(84)) + ui.px(58), y, "Took");
    heading(ui, x + ui.px(78), y, "About");
    if (hasStreamColumn(ui, row))
        headingRight(ui, row.right() - ui.px(28), y, "Stream");  // clear of the scroll bar
    ui.horizontal(row.x, row.bottom() - 1, row.w, ui.colors().line_strong);
}

}  // namespace

void drawEvents(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    area = pageHeader(ui, scene, area, "Event log",
                      "append-only, every event hashed with the one before", false, header, out);
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    head(ui, scene, area.takeTop(ui.px(62), ui.px(12)), out);
    const bool focus = ui.listening() && ui.typed(U'/');
    browse(ui, scene, area.takeTop(ui.px(32), ui.px(12)), focus, out);

    const auto& stretch = scene.seen.stretch;
    const EventLine* chosen = nullptr;
    if (stretch) {
        for (const auto& line : stretch->lines) {
            if (line->event.global_position == scene.state.focused_event) chosen = line.get();
        }
    }
    const Rect below =
        chosen ? area.takeBottom(std::min(ui.px(230), area.h * 0.45F), ui.px(12)) : Rect{};
    ui.card(area);
    Rect inner = area.inset(1, 1);
    headings(ui, inner.takeTop(ui.px(36)));
    if (!sayWhyMissing(ui, inner, stretch, scene.seen.connection)) {
        if (stretch->lines.empty()) {
            const bool none = scene.seen.head == 0;
            emptyState(ui, inner,
                       {.icon = &icons::kEvents,
                        .title = none ? "No events yet" : "No events here",
                        .text = none ? "Events appear here as they are recorded."
                                     : "The log ends before this position."});
        } else {
            // Newest first: what is at the head is at the top.
            Scroll scroll("events.lines", inner);
            const float row = ui.px(26);
            const std::size_t count = stretch->lines.size();
            const auto first =
                static_cast<std::size_t>(std::max(0.F, (inner.y - scroll.top()) / row));
            const std::size_t last =
                std::min(count, first + static_cast<std::size_t>(inner.h / row) + 2);
            for (std::size_t i = first; i < last; ++i) {
                eventRow(ui, scene, *stretch->lines[count - 1 - i],
                         {inner.x, scroll.top() + row * f(i), scroll.width(), row}, true, out);
            }
            scroll.contents(row * f(count));
        }
    }
    if (chosen) focused(ui, *chosen, below, out);
}

}  // namespace waybill::gui
