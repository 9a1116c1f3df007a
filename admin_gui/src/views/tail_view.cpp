// The log while it grows.
#include "model/format.h"
#include "views/event_rows.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

EventLines matching(const EventLines& all, const std::string& filter) {
    if (filter.empty()) return all;
    EventLines found;
    const std::string text = lowered(filter);
    for (const auto& line : all) {
        if (line->searched.find(text) != std::string::npos) found.push_back(line);
    }
    return found;
}

void lines(Ui& ui, const Scene& scene, const EventLines& shown, const Rect& area, Intents& out) {
    // Following means standing at the newest line; scrolling up lets go.
    Scroll scroll("tail.lines", area, scene.state.tail_follows);
    const float row = ui.px(24);
    const auto first = static_cast<std::size_t>(std::max(0.F, (area.y - scroll.top()) / row));
    const std::size_t last =
        std::min(shown.size(), first + static_cast<std::size_t>(area.h / row) + 2);
    for (std::size_t i = first; i < last; ++i) {
        eventRow(ui, scene, *shown[i], {area.x, scroll.top() + row * f(i), scroll.width(), row},
                 false, out);
    }
    scroll.contents(row * f(shown.size()));
    const bool wheel_up = ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel > 0;
    if (scene.state.tail_follows && wheel_up) out.push_back(intent::FollowTail{false});
}

}  // namespace

void drawTail(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    const auto& tail = scene.seen.tail;
    Header header;
    std::string comment;
    if (scene.seen.head != 0) comment = "position " + grouped(scene.seen.head);
    area = pageHeader(ui, scene, area, "Live tail", comment, false, header, out);
    const bool follows = scene.state.tail_follows;
    if (buttonRight(ui, "tail.follow", header.right, header.y,
                    {.icon = follows ? &icons::kPause : &icons::kPlay,
                     .label = follows ? "Hold" : "Follow",
                     .key = "Space"})) {
        out.push_back(intent::FollowTail{!follows});
    }
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    const bool focus = ui.listening() && ui.typed(U'/');
    if (ui.listening() && !ui.hasVisibleFocus() && ui.typed(U' ')) {
        out.push_back(intent::FollowTail{!follows});
    }
    const Rect bar = area.takeTop(ui.px(32), ui.px(12));
    std::string text = scene.state.tail_filter;
    if (textField(ui, "tail.filter", {bar.x, bar.y, ui.px(340), bar.h}, text,
                  {.hint = "Only lines with \u2026",
                   .icon = &icons::kFilter,
                   .key = "/",
                   .focus = focus})) {
        out.push_back(intent::FilterTail{text});
    }
    ui.box(area, ui.colors().code, ui.colors().line, ui.px(10));
    const Rect inner = area.inset(1, ui.px(6));
    if (!tail || tail->empty()) {
        if (scene.seen.connection.link != Link::kConnected) return skeleton(ui, inner, ui.px(24));
        emptyState(ui, inner,
                   {.icon = &icons::kTail,
                    .title = "Nothing has happened yet",
                    .text = "Events appear here as they are recorded."});
        return;
    }
    const EventLines shown = matching(*tail, scene.state.tail_filter);
    std::string note = counted(shown.size(), "line", "lines");
    if (!scene.state.tail_filter.empty()) note += " of " + grouped(tail->size());
    if (!follows) note += " \u00b7 held";
    ui.textRight(Font::kSmall, bar.right(), bar.middleY(), ui.colors().text3, note);
    if (shown.empty()) {
        emptyState(ui, inner, {.icon = &icons::kSearch, .title = "No line matches"});
        return;
    }
    lines(ui, scene, shown, inner, out);
}

}  // namespace waybill::gui
