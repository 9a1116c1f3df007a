// Search, statuses, endpoint and reason over the table.
#include <array>

#include "model/format.h"
#include "views/deliveries.h"
#include "views/parts.h"

namespace waybill::gui {
namespace {

/// A choice with a coloured dot and its count. Returns its width.
float statusChip(Ui& ui, const Scene& scene, float x, float y, std::string_view status,
                 bool with_count, Intents& out) {
    const Palette& c = ui.colors();
    const StatusLook look = lookOfStatus(status);
    // Pending is amber here: what waits is mostly what is retried.
    const Hue hue = status == "pending" ? Hue::kRetry : look.hue;
    const bool on = scene.state.status == status;
    std::string count;
    if (scene.seen.counts && with_count && scene.filter.ok()) {
        const auto found = scene.seen.counts->find(std::string(status));
        if (found != scene.seen.counts->end()) count = compact(static_cast<double>(found->second));
    }
    const float number = count.empty() ? 0 : ui.width(Font::kMonoSmall, count) + ui.px(8);
    const Rect rect{x, y, ui.width(Font::kSmallMedium, look.label) + number + ui.px(33), ui.px(32)};
    const std::string name = "chip." + std::string(status);
    const Hit hit = ui.hit(name.c_str(), rect, on ? "on" : count);
    if (hit.clicked) out.push_back(intent::FilterStatus{std::string(status)});
    ui.box(rect,
           on            ? c.softOf(hue)
           : hit.hovered ? c.hover
                         : c.card,
           on ? faded(c.of(hue), 0.55F) : c.line, ui.px(6));
    ui.dot(x + ui.px(13), rect.middleY(), ui.px(3.5F), c.of(hue), look.hollow);
    ui.text(Font::kSmallMedium, x + ui.px(22), rect.middleY(), on ? c.text : c.text2, look.label);
    ui.textRight(Font::kMonoSmall, rect.right() - ui.px(10), rect.middleY(),
                 on ? c.of(hue) : c.text3, count);
    if (hit.focused) ui.focusRing(rect, ui.px(6));
    return rect.w;
}

void endpointFilter(Ui& ui, const Scene& scene, float& x, float y, Intents& out) {
    const std::string& chosen = scene.state.endpoint;
    std::string label = chosen.empty() ? "All endpoints" : shortEndpoint(chosen);
    if (label.size() > 28) label = label.substr(0, 26) + "\u2026";
    const ButtonLook look{.icon = &icons::kEndpoints, .label = label, .on = !chosen.empty()};
    if (button(ui, "filter.endpoint", x, y, look)) ImGui::OpenPopup("filter.endpoint.menu");
    std::vector<MenuItem> items{{.label = "All endpoints", .chosen = chosen.empty()}};
    if (scene.seen.endpoints && ImGui::IsPopupOpen("filter.endpoint.menu")) {
        for (const EndpointView& endpoint : *scene.seen.endpoints) {
            items.push_back({.label = shortEndpoint(endpoint.endpoint),
                             .note = endpoint.success_rate ? percent(*endpoint.success_rate) + "%"
                                                           : std::string(),
                             .chosen = endpoint.endpoint == chosen});
        }
    }
    const int picked = menu(ui, "filter.endpoint.menu", x, y + ui.px(36), ui.px(320), items);
    if (picked == 0) out.push_back(intent::FilterEndpoint{});
    if (picked > 0) {
        out.push_back(intent::FilterEndpoint{
            (*scene.seen.endpoints)[static_cast<std::size_t>(picked) - 1].endpoint});
    }
    x += buttonWidth(ui, look) + ui.px(8);
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kReasons = {{
    {"", "Any reason"},
    {"http_status", "HTTP status"},
    {"timeout", "Timeout"},
    {"dns", "Name look-up"},
    {"connect", "Connection"},
    {"tls", "TLS"},
    {"protocol", "Protocol"},
    {"refused_address", "Refused address"},
    {"stale_connection", "Stale connection"},
    {"local_fault", "Local fault"},
    {"damaged", "Damaged"},
}};

void reasonFilter(Ui& ui, const Scene& scene, float& x, float y, Intents& out) {
    const std::string& chosen = scene.state.reason;
    std::array<MenuItem, kReasons.size()> items;
    std::string_view label = kReasons[0].second;
    for (std::size_t i = 0; i < kReasons.size(); ++i) {
        items[i].label = kReasons[i].second;
        items[i].chosen = kReasons[i].first == chosen;
        if (items[i].chosen) label = kReasons[i].second;
    }
    const ButtonLook look{.icon = &icons::kFilter, .label = label, .on = !chosen.empty()};
    if (button(ui, "filter.reason", x, y, look)) ImGui::OpenPopup("filter.reason.menu");
    const int picked = menu(ui, "filter.reason.menu", x, y + ui.px(36), ui.px(200), items);
    if (picked >= 0) {
        out.push_back(
            intent::FilterReason{std::string(kReasons[static_cast<std::size_t>(picked)].first)});
    }
    x += buttonWidth(ui, look) + ui.px(8);
}

}  // namespace

void drawFilters(Ui& ui, const Scene& scene, const Rect& bar, bool focus_search, Intents& out) {
    const State& state = scene.state;
    const float search_width = std::clamp(bar.w * 0.26F, ui.px(200), ui.px(340));
    std::string text = state.search;
    const std::string problem = scene.filter.ok() ? "" : scene.filter.refusal().message;
    const Rect field{bar.x, bar.y, search_width, bar.h};
    if (textField(ui, "search", field, text,
                  {.hint = "Search, or code:503 \u2026",
                   .icon = &icons::kSearch,
                   .key = "/",
                   .wrong = !problem.empty(),
                   .focus = focus_search})) {
        out.push_back(intent::Type{text});
    }
    if (!problem.empty()) {
        const Rect note{field.x, field.bottom() + ui.px(2),
                        ui.width(Font::kSmall, problem) + ui.px(16), ui.px(24)};
        ui.fill(note, ui.colors().raised, ui.px(5));
        ui.text(Font::kSmall, field.x + ui.px(8), field.bottom() + ui.px(14),
                ui.colors().of(Hue::kFailed), problem);
        ui.mark("search.problem", note, problem);
    }
    float x = bar.x + search_width + ui.px(10);
    const bool counts = bar.w > ui.px(1040);
    for (const std::string_view status :
         {"delivered", "pending", "attempting", "failed", "cancelled"}) {
        if (status == "cancelled" && bar.w < ui.px(1000)) continue;
        x += statusChip(ui, scene, x, bar.y, status, counts, out) + ui.px(6);
    }
    x += ui.px(2);
    const bool clear = state.filtered();
    if (bar.right() - x > ui.px(150)) endpointFilter(ui, scene, x, bar.y, out);
    if (bar.right() - x > ui.px(clear ? 230 : 140)) reasonFilter(ui, scene, x, bar.y, out);
    if (!clear) return;
    const ButtonLook look{.kind = ButtonKind::kGhost, .icon = &icons::kClose, .label = "Clear"};
    const float w = buttonWidth(ui, look);
    if (button(ui, "filter.clear", std::min(x, bar.right() - w), bar.y, look)) {
        out.push_back(intent::ClearFilters{});
    }
}

}  // namespace waybill::gui
