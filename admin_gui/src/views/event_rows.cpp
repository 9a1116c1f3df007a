#include "views/event_rows.h"

#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {

bool hasStreamColumn(const Ui& ui, const Rect& row) {
    return row.w > ui.px(900);
}

void eventRow(Ui& ui, const Scene& scene, const EventLine& line, const Rect& row,
              bool with_position, Intents& out) {
    const Palette& c = ui.colors();
    const EventView& event = line.event;
    char name[40];
    std::snprintf(name, sizeof name, "line.%llu",
                  static_cast<unsigned long long>(event.global_position));
    const Hit hit = ui.hit(name, row, event.type, true, false);
    const bool focused = scene.state.focused_event == event.global_position;
    if (focused || hit.hovered) ui.fill(row, focused ? c.accent_soft : c.hover);
    if (hit.clicked) {
        if (event.stream.starts_with("dlv_") && !with_position) {
            out.push_back(intent::Open{event.stream});
        } else {
            out.push_back(intent::FocusEvent{event.global_position});
        }
    }
    const float y = row.middleY();
    float x = row.x + ui.px(16);
    if (with_position) {
        ui.textRight(Font::kMonoSmall, x + ui.px(76), y, c.text2,
                     std::to_string(event.global_position));
        x += ui.px(96);
    }
    ui.text(Font::kMonoSmall, x, y, c.text3, clockMillis(event.recorded_at));
    x += ui.px(106);
    const Color color = c.of(hueOf(line.tone));
    ui.dot(x + ui.px(3), y, ui.px(3), color);
    ui.textIn(Font::kMonoSmall, x + ui.px(14), y, ui.px(152), color, line.label);
    x += ui.px(176);
    ui.textIn(Font::kMonoSmall, x, y, ui.px(78), color, line.result);
    x += ui.px(84);
    ui.textRight(Font::kMonoSmall, x + ui.px(58), y, c.text2, line.took);
    x += ui.px(78);
    const float right = row.right() - ui.px(18);
    float room = right - x;
    if (hasStreamColumn(ui, row)) {
        const float id = std::min(ui.width(Font::kMonoSmall, event.stream), row.w * 0.22F);
        ui.textIn(Font::kMonoSmall, right - id, y, id, c.text3, event.stream);
        room -= id + ui.px(20);
    }
    const float said = line.endpoint.empty() ? 0
                                             : ui.textIn(Font::kMonoSmall, x, y, room * 0.5F,
                                                         c.text, shortEndpoint(line.endpoint)) +
                                                   ui.px(16);
    ui.textIn(Font::kMonoSmall, x + said, y, room - said, c.text2, line.words);
}

}  // namespace waybill::gui
