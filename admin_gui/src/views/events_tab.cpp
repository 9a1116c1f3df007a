// The events of one delivery: the record everything else is made from.
#include "model/format.h"
#include "views/detail_tabs.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

constexpr int kDataLines = 14;

float dataHeight(const Ui& ui, const EventView& event, float width) {
    return ui.paragraph(Font::kMonoSmall, 0, 0, width - ui.px(24), 0, event.data, ui.px(18),
                        kDataLines, true) +
           ui.px(36);
}

void eventData(Ui& ui, const EventView& event, float x, float y, float width) {
    const float h = dataHeight(ui, event, width);
    ui.box({x, y, width, h}, ui.colors().code, ui.colors().line, ui.px(6));
    ui.textIn(Font::kMonoSmall, x + ui.px(12), y + ui.px(16), width - ui.px(24), ui.colors().text3,
              "hash " + event.hash);
    ui.paragraph(Font::kMonoSmall, x + ui.px(12), y + ui.px(28), width - ui.px(24),
                 ui.colors().text2, event.data, ui.px(18), kDataLines);
}

}  // namespace

void eventsTab(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const auto& loaded = scene.seen.open.events;
    if (sayWhyMissing(ui, area, loaded, scene.seen.connection)) return;
    const Palette& c = ui.colors();
    Scroll scroll("detail.events", area);
    const float x = area.x + ui.px(18);
    const float w = scroll.width() - ui.px(36);
    float y = scroll.top() + ui.px(10);
    for (const EventView& event : *loaded) {
        const EventLine line = lineOf(event);
        const bool open = scene.state.unfolded_events.count(event.global_position) != 0;
        const Rect row{x - ui.px(8), y, w + ui.px(16), ui.px(44)};
        const std::string name = "event." + std::to_string(event.global_position);
        const Hit hit = ui.hit(name.c_str(), row, event.type);
        if (hit.hovered) ui.fill(row, c.hover, ui.px(6));
        if (hit.focused) ui.focusRing(row, ui.px(6));
        if (hit.clicked) out.push_back(intent::FoldEvent{event.global_position});
        const float top = row.y + ui.px(13);
        ui.dot(x + ui.px(4), top, ui.px(3.5F), c.of(hueOf(line.tone)));
        const float label = ui.text(Font::kBodyMedium, x + ui.px(18), top, c.text, line.label);
        ui.textIn(Font::kSmall, x + ui.px(30) + label, top, w - label - ui.px(120), c.text2,
                  line.result);
        ui.textRight(Font::kMonoSmall, x + w, top, c.text3,
                     "#" + std::to_string(event.global_position));
        ui.textIn(Font::kSmall, x + ui.px(18), top + ui.px(18), w - ui.px(18), c.text3,
                  clockMillis(event.recorded_at) + " \u00b7 " + actorInWords(event) +
                      " \u00b7 position " + std::to_string(event.position) +
                      (line.words.empty() ? "" : " \u00b7 " + line.words));
        y += ui.px(46);
        if (open) {
            eventData(ui, event, x, y, w);
            y += dataHeight(ui, event, w) + ui.px(8);
        }
    }
    scroll.contents(y - scroll.top() + ui.px(10));
}

}  // namespace waybill::gui
