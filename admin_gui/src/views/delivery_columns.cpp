#include "views/delivery_columns.h"

#include <cmath>

namespace waybill::gui {
namespace {

struct Width {
    Column column;
    float width;
    float needs;  ///< room in the table before the column is shown
};

/// What is left over goes to subject and endpoint.
constexpr std::array<Width, 9> kWidths = {{
    {kTicked, 30, 0},
    {kStatus, 112, 0},
    {kResult, 70, 0},
    {kCreated, 74, 0},
    {kNext, 54, 670},
    {kAttempts, 56, 750},
    {kTook, 64, 830},
    {kUpdated, 74, 960},
    {kClient, 110, 1080},
}};
constexpr float kEndpointNeeds = 590;
constexpr float kWideNeeds = 900;

}  // namespace

DeliveryColumns deliveryColumns(const Ui& ui, const Rect& area) {
    DeliveryColumns columns;
    const float room = area.w / ui.fonts().scale();
    const float gap = ui.px(14);
    const bool endpoint = room >= kEndpointNeeds;
    float rest = area.w - ui.px(24) - (endpoint ? gap : 0);
    for (const Width& each : kWidths) {
        if (room < each.needs) continue;
        columns.w[each.column] = ui.px(each.width);
        rest -= ui.px(each.width) + (each.column == kTicked ? ui.px(4) : gap);
    }
    rest = std::max(ui.px(80), rest);
    const float subject = !endpoint ? 1.F : room < kWideNeeds ? 0.5F : 0.56F;
    columns.w[kSubject] = std::floor(rest * subject);
    columns.w[kEndpoint] = rest - columns.w[kSubject];
    float x = area.x + ui.px(14);
    for (std::size_t column = 0; column < kColumns; ++column) {
        columns.x[column] = x;
        if (columns.w[column] > 0) x += columns.w[column] + (column == kTicked ? ui.px(4) : gap);
    }
    return columns;
}

}  // namespace waybill::gui
