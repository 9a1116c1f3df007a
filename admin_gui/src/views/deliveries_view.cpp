// Deliveries: figures, histogram, filters, table, and the one that is open.
#include <cmath>

#include "views/deliveries.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

void rowKeys(Ui& ui, const Scene& scene, float page_rows, Intents& out) {
    if (!ui.listening()) return;
    const auto page = static_cast<std::ptrdiff_t>(page_rows);
    std::ptrdiff_t by = 0;
    while (ui.typed(U'j') || ui.pressed(Key::kDown))
        ++by;
    while (ui.typed(U'k') || ui.pressed(Key::kUp))
        --by;
    while (ui.pressed(Key::kPageDown))
        by += page;
    while (ui.pressed(Key::kPageUp))
        by -= page;
    constexpr std::ptrdiff_t kFar = 1'000'000'000;
    if (ui.pressed(Key::kHome)) by = -kFar;
    if (ui.pressed(Key::kEnd)) by = kFar;
    if (by != 0) {
        ui.clearFocus();
        out.push_back(intent::MoveFocus{by});
    }
    const std::ptrdiff_t here = scene.state.focused_row;
    if (ui.typed(U'x')) out.push_back(intent::Tick{here});
    if (ui.typed(U'a', true)) out.push_back(intent::TickAll{});
    if (ui.typed(U'e')) out.push_back(intent::AskExport{});
    if (!ui.hasVisibleFocus() && here >= 0 && ui.pressed(Key::kEnter)) {
        const bool open = !scene.state.open.empty() && scene.state.open == scene.state.focused_id;
        if (open) {
            out.push_back(intent::OpenWide{});
        } else {
            out.push_back(intent::FocusRow{here, true});
        }
    }
}

}  // namespace

void drawDeliveries(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    area = pageHeader(ui, scene, area, "Deliveries", {}, true, header, out);
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    const bool focus_search = ui.listening() && ui.typed(U'/');
    // A source without figures leaves the room to the table.
    const bool figures = !scene.seen.stats.unsupported;
    if (figures && area.h > ui.px(640)) {
        figureCards(ui, scene, area.takeTop(ui.px(90), ui.px(12)), out);
    }
    if (figures) drawHistogram(ui, scene, area.takeTop(ui.px(74), ui.px(12)), out);
    const Rect bar = area.takeTop(ui.px(32), ui.px(12));
    Rect body = area;
    const bool detail = !scene.state.open.empty();
    const Rect side =
        detail ? body.takeRight(std::floor(std::min(ui.px(468), area.w * 0.42F)), ui.px(12))
               : Rect{};
    rowKeys(ui, scene, body.h / ui.px(36) - 3, out);
    drawDeliveryTable(ui, scene, body, out);
    drawFilters(ui, scene, bar, focus_search, out);
    if (detail) drawDetail(ui, scene, side, false, out);
    drawBulkBar(ui, scene, body, out);
}

void drawDelivery(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    area = pageHeader(ui, scene, area, "Delivery", scene.state.open, false, header, out);
    if (buttonRight(ui, "delivery.back", header.right, header.y,
                    {.icon = &icons::kBack, .label = "All deliveries", .key = "Esc"})) {
        out.push_back(intent::Show{View::kDeliveries});
    }
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    if (ui.listening()) {
        if (ui.typed(U'j')) out.push_back(intent::MoveFocus{1});
        if (ui.typed(U'k')) out.push_back(intent::MoveFocus{-1});
    }
    drawDetail(ui, scene, area, true, out);
}

}  // namespace waybill::gui
