// Every endpoint, its health over time, and the brake.
#include <algorithm>

#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

using Rows = std::vector<const EndpointView*>;

double successOf(const EndpointView& endpoint) {
    return endpoint.success_rate.value_or(2);
}

Rows sorted(const std::vector<EndpointView>& all, EndpointOrder order) {
    Rows rows;
    for (const EndpointView& endpoint : all)
        rows.push_back(&endpoint);
    const auto by = [&](auto less) {
        std::stable_sort(rows.begin(), rows.end(),
                         [&](const auto* a, const auto* b) { return less(*a, *b); });
    };
    using E = const EndpointView&;
    switch (order) {
        case EndpointOrder::kWorst:
            break;  // as the other side has it
        case EndpointOrder::kName:
            by([](E a, E b) { return a.endpoint < b.endpoint; });
            break;
        case EndpointOrder::kSuccess:
            by([](E a, E b) { return successOf(a) < successOf(b); });
            break;
        case EndpointOrder::kVolume:
            by([](E a, E b) {
                return a.attempts_succeeded + a.attempts_failed >
                       b.attempts_succeeded + b.attempts_failed;
            });
            break;
        case EndpointOrder::kLatency:
            by([](E a, E b) {
                return a.latency.p95.value_or(Duration(-1)) > b.latency.p95.value_or(Duration(-1));
            });
            break;
        case EndpointOrder::kWaiting:
            by([](E a, E b) { return a.pending > b.pending; });
            break;
    }
    return rows;
}

void orderButton(Ui& ui, const Scene& scene, Header& header, Intents& out) {
    constexpr std::array<std::string_view, 6> kLabels = {
        "Worst first", "By name", "By success", "Most attempts", "Slowest first", "Most waiting"};
    const auto chosen = static_cast<std::size_t>(scene.state.endpoint_order);
    const ButtonLook look{.icon = &icons::kSortDown, .label = kLabels[chosen]};
    const float x = header.right - buttonWidth(ui, look);
    if (buttonRight(ui, "endpoints.order", header.right, header.y, look)) {
        ImGui::OpenPopup("endpoints.order.menu");
    }
    std::array<MenuItem, kLabels.size()> items;
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].label = kLabels[i];
        items[i].chosen = i == chosen;
    }
    const int picked = menu(ui, "endpoints.order.menu", x, header.y + ui.px(36), ui.px(180), items);
    if (picked >= 0) out.push_back(intent::OrderEndpoints{static_cast<EndpointOrder>(picked)});
}

/// J, K and P, as in the deliveries.
void rowKeys(Ui& ui, const Scene& scene, const Rows& rows, Intents& out) {
    if (!ui.listening() || rows.empty()) return;
    const auto focused = std::find_if(rows.begin(), rows.end(), [&](const auto* row) {
        return row->endpoint == scene.state.focused_endpoint;
    });
    std::ptrdiff_t at = focused == rows.end() ? -1 : focused - rows.begin();
    const std::ptrdiff_t before = at;
    while (ui.typed(U'j') || ui.pressed(Key::kDown))
        ++at;
    while (ui.typed(U'k') || ui.pressed(Key::kUp))
        --at;
    at = std::clamp<std::ptrdiff_t>(at, before < 0 ? -1 : 0,
                                    static_cast<std::ptrdiff_t>(rows.size()) - 1);
    if (at != before && at >= 0) {
        out.push_back(intent::FocusEndpoint{rows[static_cast<std::size_t>(at)]->endpoint});
    }
    if (at < 0) return;
    const EndpointView& here = *rows[static_cast<std::size_t>(at)];
    if (ui.typed(U'p')) out.push_back(intent::AskPause{here.endpoint, !here.paused});
    if (!ui.hasVisibleFocus() && ui.pressed(Key::kEnter))
        out.push_back(intent::ShowDeliveriesOf{here.endpoint, ""});
}

}  // namespace

void drawEndpoints(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    Header header;
    std::string comment;
    if (scene.seen.endpoints) {
        comment = counted(scene.seen.endpoints->size(), "endpoint", "endpoints");
    }
    area = pageHeader(ui, scene, area, "Endpoints", comment, true, header, out);
    if (buttonRight(ui, "check", header.right, header.y,
                    {.icon = &icons::kCheck,
                     .label = "Check a URL",
                     .tip = scene.read_only.empty()
                                ? "Look-up, address policy, TLS and, if you want, a test request"
                                : std::string_view(scene.read_only),
                     .enabled = scene.read_only.empty()})) {
        out.push_back(intent::AskCheck{});
    }
    orderButton(ui, scene, header, out);
    if (saidNoConnection(ui, scene, area, out)) return;
    connectionStrip(ui, scene, area, out);
    ui.card(area);
    Rect inner = area.inset(1, 1);
    if (sayWhyMissing(ui, inner, scene.seen.endpoints, scene.seen.connection)) return;
    const Rows rows = sorted(*scene.seen.endpoints, scene.state.endpoint_order);
    if (rows.empty()) {
        emptyState(ui, inner,
                   {.icon = &icons::kEndpoints,
                    .title = "No endpoints yet",
                    .text = "An endpoint is scheme, host and port of a callback's URL. "
                            "It appears here with the first delivery to it."});
        return;
    }
    rowKeys(ui, scene, rows, out);
    const Rect foot = inner.takeBottom(ui.px(38));
    endpointHeadings(ui, inner.takeTop(ui.px(38)), true);
    {
        Scroll scroll("endpoints.rows", inner);
        const float row = ui.px(54);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            endpointRow(ui, scene, *rows[i],
                        {scroll.left(), scroll.top() + row * f(i), inner.w, row}, i, true, out);
        }
        scroll.contents(row * f(rows.size()));
    }
    ui.horizontal(foot.x, foot.y, foot.w, ui.colors().line);
    ui.text(Font::kSmall, foot.x + ui.px(16), foot.middleY(), ui.colors().text3,
            "A paused endpoint keeps accepting deliveries; they wait until it is resumed, also "
            "across restarts.");
    ui.textRight(Font::kSmall, foot.right() - ui.px(16), foot.middleY(), ui.colors().text3,
                 "J K move   P pause   Enter deliveries   ? keys");
}

}  // namespace waybill::gui
