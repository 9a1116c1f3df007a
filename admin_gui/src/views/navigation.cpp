// The strip on the left: views, what wants attention, who we are connected to.
#include <array>

#include "model/format.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

struct Item {
    View view;
    const char* name;
    const Icon* icon;
    std::string_view label;
    std::string_view key;
};

constexpr std::array<Item, 6> kItems = {{
    {View::kOverview, "nav.overview", &icons::kOverview, "Overview", "1"},
    {View::kDeliveries, "nav.deliveries", &icons::kDeliveries, "Deliveries", "2"},
    {View::kEndpoints, "nav.endpoints", &icons::kEndpoints, "Endpoints", "3"},
    {View::kTail, "nav.tail", &icons::kTail, "Live tail", "4"},
    {View::kEvents, "nav.events", &icons::kEvents, "Event log", "5"},
    {View::kSettings, "nav.settings", &icons::kSettings, "Settings", "6"},
}};

void item(Ui& ui, const Scene& scene, const Item& item, const Rect& rect, Intents& out) {
    const Palette& c = ui.colors();
    const View view = scene.state.view == View::kDelivery ? View::kDeliveries : scene.state.view;
    const bool on = view == item.view;
    const Hit hit = ui.hit(item.name, rect, on ? "on" : "");
    if (hit.clicked) out.push_back(intent::Show{item.view});
    if (on || hit.hovered) ui.fill(rect, on ? c.accent_soft : c.hover, ui.px(7));
    if (hit.focused) ui.focusRing(rect, ui.px(7));
    const float y = rect.middleY();
    ui.icon(*item.icon, rect.x + ui.px(10), y, on ? c.accent : c.text2);
    ui.text(on ? Font::kBodySemi : Font::kBodyMedium, rect.x + ui.px(38), y, on ? c.text : c.text2,
            item.label);
    const std::uint64_t failed = scene.seen.stats ? scene.seen.stats->finally_failed : 0;
    if (item.view == View::kDeliveries && failed != 0) {
        const std::string count = compact(static_cast<double>(failed));
        const float w = std::max(ui.px(20), ui.width(Font::kLabel, count) + ui.px(12));
        badge(ui, rect.right() - ui.px(8) - w, y, count, c.of(Hue::kFailed),
              c.softOf(Hue::kFailed));
    } else {
        ui.textRight(Font::kLabel, rect.right() - ui.px(12), y, c.text3, item.key);
    }
}

void attention(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    const auto trouble = troubled(scene.seen);
    if (trouble.empty()) return;
    const Palette& c = ui.colors();
    const Rect title = area.takeTop(ui.px(28));
    ui.text(Font::kLabel, title.x + ui.px(10), title.middleY(), c.text3, "Needs attention");
    std::size_t index = 0;
    for (const EndpointView* endpoint : trouble) {
        if (area.h < ui.px(46)) break;
        const Rect rect = area.takeTop(ui.px(46), ui.px(2));
        const std::string name = "attention." + std::to_string(index++);
        const Hit hit = ui.hit(name.c_str(), rect, endpoint->endpoint);
        if (hit.clicked) out.push_back(intent::ShowDeliveriesOf{endpoint->endpoint, ""});
        if (hit.hovered) ui.fill(rect, c.hover, ui.px(7));
        if (hit.focused) ui.focusRing(rect, ui.px(7));
        const StatusLook look = lookOfEndpoint(*endpoint);
        ui.dot(rect.x + ui.px(13), rect.y + ui.px(14), ui.px(4), c.of(look.hue), look.hollow);
        const float x = rect.x + ui.px(25);
        ui.textIn(Font::kBodyMedium, x, rect.y + ui.px(14), rect.right() - x - ui.px(6), c.text,
                  shortEndpoint(endpoint->endpoint));
        std::string text = endpoint->paused ? "paused" : std::string(endpoint->state);
        if (endpoint->state == "failing" && endpoint->failing_since)
            text += " for " + roughSpan(scene.now - *endpoint->failing_since);
        if (endpoint->pending != 0)
            text += " \u00b7 " + compact(static_cast<double>(endpoint->pending)) + " wait";
        ui.textIn(Font::kSmall, x, rect.y + ui.px(32), rect.right() - x - ui.px(6), c.text3, text);
    }
}

std::string connectionNote(const Scene& scene) {
    const Connection& connection = scene.seen.connection;
    switch (connection.link) {
        case Link::kConnecting:
            return "connecting\u2026";
        case Link::kLost:
            return "reconnecting\u2026";
        case Link::kRefused:
            return "no access";
        case Link::kConnected:
            break;
    }
    const bool file = scene.seen.info && scene.seen.info->source == "log file";
    if (file) return "log file, read only";
    return "connected";
}

void connection(Ui& ui, const Scene& scene, const Rect& area, Intents& out) {
    const Palette& c = ui.colors();
    ui.horizontal(area.x, area.y, area.w, c.line);
    const Link link = scene.seen.connection.link;
    const Hue hue = link == Link::kConnected    ? Hue::kDelivered
                    : link == Link::kConnecting ? Hue::kFirst
                                                : Hue::kFailed;
    ui.dot(area.x + ui.px(22), area.middleY(), ui.px(4), c.of(hue), link == Link::kConnecting);
    const float x = area.x + ui.px(34);
    const float w = area.w - ui.px(34) - ui.px(48);
    std::string_view name = scene.place.name;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (name.starts_with(scheme)) name.remove_prefix(scheme.size());
    }
    ui.textIn(Font::kBodyMedium, x, area.middleY() - ui.px(9), w, c.text, name);
    ui.textIn(Font::kSmall, x, area.middleY() + ui.px(9), w, c.text3, connectionNote(scene));
    const bool dark = ui.dark();
    if (button(ui, "theme", area.right() - ui.px(44), area.y + ui.px(12),
               {.kind = ButtonKind::kGhost,
                .icon = dark ? &icons::kSun : &icons::kMoon,
                .tip = dark ? "Light theme (T)" : "Dark theme (T)"})) {
        out.push_back(intent::SetTheme{dark ? Theme::kLight : Theme::kDark});
    }
}

}  // namespace

void drawNavigation(Ui& ui, const Scene& scene, Rect area, Intents& out) {
    const Palette& c = ui.colors();
    ui.fill(area, c.side);
    ui.vertical(area.right() - 1, area.y, area.h, c.line);
    area.w -= 1;
    connection(ui, scene, area.takeBottom(ui.px(56)), out);

    const Rect brand = area.takeTop(ui.px(56));
    const Rect logo{brand.x + ui.px(16), brand.y + ui.px(14), ui.px(28), ui.px(28)};
    ui.fill(logo, c.accent_fill, ui.px(7));
    const float iw = ui.iconWidth(icons::kBrand);
    ui.icon(icons::kBrand, logo.middleX() - iw / 2, logo.middleY(), c.on_accent);
    ui.text(Font::kBodySemi, logo.right() + ui.px(10), logo.middleY(), c.text, "Waybill");

    area = area.inset(ui.px(10), 0);
    area.takeTop(ui.px(6));
    for (const Item& each : kItems)
        item(ui, scene, each, area.takeTop(ui.px(34), ui.px(2)), out);
    area.takeTop(ui.px(14));
    attention(ui, scene, area, out);
}

}  // namespace waybill::gui
