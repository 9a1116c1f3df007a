#include <cmath>

#include "model/format.h"
#include "views/deliveries.h"
#include "views/parts.h"

namespace waybill::gui {

/// What can be done with what is ticked; floats over the table.
void drawBulkBar(Ui& ui, const Scene& scene, const Rect& card, Intents& out) {
    const State& state = scene.state;
    if (state.ticked.empty() && !state.all_matching) return;
    const Palette& c = ui.colors();
    const bool may = scene.read_only.empty();
    std::string label = grouped(state.ticked.size()) + " ticked";
    if (state.all_matching) {
        const auto count = scene.filter.ok() ? countOf(scene.seen, *scene.filter) : std::nullopt;
        label = count ? "All " + grouped(*count) + " that match" : "All that match";
    }
    const ButtonLook again{.kind = ButtonKind::kPrimary,
                           .icon = &icons::kRedeliver,
                           .label = "Re-deliver",
                           .key = "R",
                           .tip = scene.read_only,
                           .enabled = may};
    const ButtonLook cancel{.kind = ButtonKind::kGhost,
                            .label = "Cancel",
                            .key = "Del",
                            .tip = scene.read_only,
                            .enabled = may};
    const ButtonLook close{.kind = ButtonKind::kGhost, .icon = &icons::kClose};
    const float w = ui.px(20) + ui.width(Font::kBodySemi, label) + ui.px(16) +
                    buttonWidth(ui, again) + ui.px(8) + buttonWidth(ui, cancel) + ui.px(4) +
                    buttonWidth(ui, close) + ui.px(8);
    const Rect bar{std::floor(card.middleX() - w / 2), card.bottom() - ui.px(38) - ui.px(64), w,
                   ui.px(50)};
    // In a window of its own: it lies over the rows, which have one too.
    Scroll above("bulk.bar", bar.inset(-ui.px(8), -ui.px(8)));
    for (int i = 6; i > 0; --i) {
        ui.fill(bar.inset(-f(i), -f(i) + ui.px(3)), rgb(0, ui.dark() ? 14 : 5), ui.px(12));
    }
    ui.box(bar, ui.dark() ? c.raised : c.card, c.line_strong, ui.px(10));
    ui.mark("bulk", bar, label);
    float x = bar.x + ui.px(20);
    x += ui.text(Font::kBodySemi, x, bar.middleY(), c.text, label) + ui.px(16);
    const float y = bar.middleY() - ui.px(16);
    if (button(ui, "bulk.redeliver", x, y, again)) out.push_back(intent::AskRedeliver{});
    x += buttonWidth(ui, again) + ui.px(8);
    if (button(ui, "bulk.cancel", x, y, cancel)) out.push_back(intent::AskCancel{});
    x += buttonWidth(ui, cancel) + ui.px(4);
    if (button(ui, "bulk.clear", x, y, close)) out.push_back(intent::ClearTicks{});
}

}  // namespace waybill::gui
