#include "draw/widgets.h"

#include <array>
#include <cmath>
#include <cstring>

#include <imgui_internal.h>

namespace waybill::gui {
namespace {

struct ButtonColors {
    Color fill;
    Color line;
    Color text;
    Color icon;
};

ButtonColors colorsOf(const Ui& ui, const ButtonLook& look, const Hit& hit) {
    const Palette& c = ui.colors();
    const float strength = hit.held ? 0.8F : hit.hovered ? 0.9F : 1.F;
    ButtonColors colors{};
    switch (look.kind) {
        case ButtonKind::kPrimary:
            colors = {faded(c.accent_fill, strength), 0, c.on_accent, c.on_accent};
            break;
        case ButtonKind::kDanger:
            colors = {faded(ui.dark() ? rgb(0xC93645) : c.of(Hue::kFailed), strength), 0,
                      c.on_accent, c.on_accent};
            break;
        case ButtonKind::kOutline:
            colors = {hit.hovered ? c.hover : c.card, c.line_strong, c.text, c.text2};
            break;
        case ButtonKind::kGhost:
            colors = {hit.hovered ? c.raised : 0, 0, c.text, c.text2};
            break;
    }
    if (look.on) {
        colors = {c.accent_soft, faded(c.accent, 0.5F), c.text, c.accent};
    }
    if (look.enabled) return colors;
    for (Color* each : {&colors.fill, &colors.line, &colors.text, &colors.icon})
        *each = faded(*each, 0.45F);
    return colors;
}

}  // namespace

float keyCapWidth(const Ui& ui, std::string_view key) {
    return ui.width(Font::kLabel, key) + ui.px(10);
}

float keyCap(Ui& ui, float x, float y, std::string_view key, Color text, Color behind) {
    const float w = std::max(ui.px(18), keyCapWidth(ui, key));
    const float h = ui.px(18);
    ui.fill({x, y - h / 2, w, h}, behind, ui.px(4));
    ui.textIn(Font::kLabel, x, y, w, text, key, Align::kCentre);
    return w;
}

float buttonWidth(const Ui& ui, const ButtonLook& look) {
    const float icon = look.icon != nullptr ? ui.iconWidth(*look.icon) : 0;
    if (look.label.empty()) return ui.px(look.height);
    float w = ui.px(24) + ui.width(Font::kBodyMedium, look.label);
    if (icon > 0) w += icon + ui.px(7);
    if (!look.key.empty()) w += std::max(ui.px(18), keyCapWidth(ui, look.key)) + ui.px(8);
    return w;
}

bool button(Ui& ui, const char* name, float x, float y, const ButtonLook& look) {
    const Rect rect{x, y, buttonWidth(ui, look), ui.px(look.height)};
    const Hit hit = ui.hit(name, rect, look.on ? "on" : "", look.enabled);
    const ButtonColors colors = colorsOf(ui, look, hit);
    const float radius = ui.px(6);
    ui.box(rect, colors.fill, colors.line, radius);
    const float cy = rect.middleY();
    float at = x + ui.px(12);
    if (look.icon != nullptr) {
        const float w = ui.iconWidth(*look.icon);
        if (look.label.empty()) at = x + std::floor((rect.w - w) / 2);
        ui.icon(*look.icon, at, cy, colors.icon);
        at += w + ui.px(7);
    }
    if (!look.label.empty()) at += ui.text(Font::kBodyMedium, at, cy, colors.text, look.label);
    if (!look.key.empty()) {
        const bool strong = look.kind == ButtonKind::kPrimary || look.kind == ButtonKind::kDanger;
        keyCap(ui, at + ui.px(8), cy, look.key, strong ? colors.text : ui.colors().text2,
               strong ? faded(ui.colors().on_accent, 0.18F) : ui.colors().raised);
    }
    if (hit.focused) ui.focusRing(rect, radius);
    if (hit.hovered && !look.tip.empty()) ui.tooltip(look.tip);
    return hit.clicked;
}

bool buttonRight(Ui& ui, const char* name, float& right, float y, const ButtonLook& look) {
    const float w = buttonWidth(ui, look);
    const bool pressed = button(ui, name, right - w, y, look);
    right -= w + ui.px(8);
    return pressed;
}

bool checkBox(Ui& ui, const char* name, float x, float y, int state, bool stop, bool enabled) {
    const float half = ui.px(8);
    const Rect box{x, y - half, 2 * half, 2 * half};
    const Hit hit =
        ui.hit(name, box.inset(-ui.px(6), -ui.px(6)), state == 1 ? "on" : "", enabled, stop);
    const Palette& c = ui.colors();
    if (state == 0) {
        ui.box(box, hit.hovered ? c.hover : 0,
               hit.hovered ? c.accent : faded(c.line_strong, enabled ? 1 : 0.45F), ui.px(4));
    } else {
        ui.fill(box, c.accent_fill, ui.px(4));
        const float cx = box.middleX();
        const float cy = box.middleY();
        if (state == 1) {
            const ImVec2 tick[3] = {{cx - ui.px(4), cy + ui.px(0.5F)},
                                    {cx - ui.px(1), cy + ui.px(3)},
                                    {cx + ui.px(4), cy - ui.px(3)}};
            ui.list()->AddPolyline(tick, 3, c.on_accent, 0, 1.8F * ui.fonts().scale());
        } else {
            ui.fill({cx - ui.px(4), cy - ui.px(1), ui.px(8), ui.px(2)}, c.on_accent);
        }
    }
    if (hit.focused) ui.focusRing(box, ui.px(4));
    return hit.clicked;
}

bool textField(Ui& ui, const char* name, const Rect& rect, std::string& text,
               const FieldLook& look) {
    constexpr std::size_t kMost = 2048;
    std::array<char, kMost> buffer{};
    std::memcpy(buffer.data(), text.data(), std::min(text.size(), kMost - 1));
    const Palette& c = ui.colors();
    const Font font = look.mono ? Font::kMono : Font::kBody;
    const float icon = look.icon != nullptr ? ui.px(34) : ui.px(11);

    ImGui::SetCursorScreenPos({rect.x, rect.y});
    ImGui::SetNextItemWidth(rect.w);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding,
                        {icon, std::floor((rect.h - ui.fonts().height(font)) / 2)});
    ImGui::PushFont(ui.fonts().imguiFont(font));
    const std::string hidden =
        "##" + std::string(name);  // ImGui writes other names beside the field
    const ImGuiID id = ImGui::GetID(hidden.c_str());
    if (ui.tabStop(id) || look.focus) {
        ImGui::SetKeyboardFocusHere();
        ui.expectTyping();
    }
    const ImGuiInputTextFlags flags = look.password ? ImGuiInputTextFlags_Password : 0;
    const std::string hint(look.hint);
    // Escape leaves the field; ImGui would also take back what was typed.
    const bool leaving = std::any_of(ui.keys().begin(), ui.keys().end(), [](const KeyPress& press) {
        return press.key == Key::kEscape;
    });
    const bool changed =
        ImGui::InputTextWithHint(hidden.c_str(), hint.c_str(), buffer.data(), kMost, flags) &&
        !leaving;
    const bool active = ImGui::IsItemActive();
    ImGui::PopFont();
    ImGui::PopStyleVar();
    ui.mark(name, rect, look.password ? "" : buffer.data());

    if (active) {
        ui.setFocus(id);
        ui.mark("typing", rect, name);
    }
    if (active || look.wrong) {
        ui.frame(rect, look.wrong ? c.of(Hue::kFailed) : c.accent, ui.px(6),
                 1.5F * ui.fonts().scale());
    }
    if (look.icon != nullptr) ui.icon(*look.icon, rect.x + ui.px(10), rect.middleY(), c.text3);
    if (!active && text.empty() && !look.key.empty()) {
        const float w = std::max(ui.px(18), keyCapWidth(ui, look.key));
        keyCap(ui, rect.right() - w - ui.px(8), rect.middleY(), look.key, c.text2, c.raised);
    }
    if (changed) text = buffer.data();
    return changed;
}

float pillWidth(const Ui& ui, std::string_view label) {
    return ui.width(Font::kSmallMedium, label) + ui.px(27);
}

float pill(Ui& ui, float x, float y, std::string_view label, Color color, Color behind,
           bool hollow) {
    const float w = pillWidth(ui, label);
    const float h = ui.px(22);
    const Rect rect{x, std::floor(y - h / 2), w, h};
    if (hollow) {
        ui.frame(rect, faded(color, 0.55F), ui.px(6));
    } else {
        ui.fill(rect, behind, ui.px(6));
    }
    ui.dot(x + ui.px(11), rect.middleY(), ui.px(3), color, hollow);
    ui.text(Font::kSmallMedium, x + ui.px(19), rect.middleY(), color, label);
    return w;
}

float badge(Ui& ui, float x, float y, std::string_view text, Color color, Color behind) {
    const float w = std::max(ui.px(20), ui.width(Font::kLabel, text) + ui.px(12));
    const float h = ui.px(18);
    ui.fill({x, std::floor(y - h / 2), w, h}, behind, ui.px(9));
    ui.textIn(Font::kLabel, x, y, w, color, text, Align::kCentre);
    return w;
}

std::size_t tabs(Ui& ui, float x, float y, float width, std::span<const TabLook> all,
                 std::size_t chosen) {
    const Palette& c = ui.colors();
    const float h = ui.px(36);
    ui.horizontal(x, y + h, width, c.line);
    float at = x + ui.px(18);
    std::size_t now = chosen;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const TabLook& tab = all[i];
        const bool on = i == chosen;
        const float label = ui.width(Font::kBodyMedium, tab.label);
        const float count =
            tab.badge.empty()
                ? 0
                : std::max(ui.px(20), ui.width(Font::kLabel, tab.badge) + ui.px(12)) + ui.px(8);
        const Rect rect{at - ui.px(4), y, label + count + ui.px(8), h};
        const Hit hit = ui.hit(tab.name, rect, on ? "on" : "");
        if (hit.clicked) now = i;
        ui.text(Font::kBodyMedium, at, rect.middleY(), on || hit.hovered ? c.text : c.text2,
                tab.label);
        if (count > 0) {
            badge(ui, at + label + ui.px(8), rect.middleY(), tab.badge, c.text2, c.raised);
        }
        if (on) ui.fill({at, y + h - ui.px(1), label + count, ui.px(2)}, c.accent);
        if (hit.focused) ui.focusRing(rect.inset(0, ui.px(5)), ui.px(5));
        at += label + count + ui.px(24);
    }
    return now;
}

std::size_t segments(Ui& ui, const char* name, float x, float y,
                     std::span<const std::string_view> all, std::size_t chosen) {
    const Palette& c = ui.colors();
    const float h = ui.px(32);
    float width = ui.px(6);
    for (const std::string_view label : all)
        width += ui.width(Font::kBodyMedium, label) + ui.px(26);
    ui.box({x, y, width, h}, c.field, c.line_strong, ui.px(7));
    float at = x + ui.px(3);
    std::size_t now = chosen;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const float w = ui.width(Font::kBodyMedium, all[i]) + ui.px(26);
        const Rect rect{at, y + ui.px(3), w, h - ui.px(6)};
        const std::string id = std::string(name) + "." + std::to_string(i);
        const Hit hit = ui.hit(id.c_str(), rect, i == chosen ? "on" : "");
        if (hit.clicked) now = i;
        if (i == chosen) ui.fill(rect, c.accent_soft, ui.px(5));
        if (i != chosen && hit.hovered) ui.fill(rect, c.hover, ui.px(5));
        ui.textIn(Font::kBodyMedium, at, rect.middleY(), w, i == chosen ? c.text : c.text2, all[i],
                  Align::kCentre);
        if (hit.focused) ui.focusRing(rect, ui.px(5));
        at += w;
    }
    return now;
}

int menu(Ui& ui, const char* name, float x, float y, float width, std::span<const MenuItem> items) {
    if (!ImGui::IsPopupOpen(name)) return -1;
    const Palette& c = ui.colors();
    const float row = ui.px(32);
    const float pad = ui.px(6);
    const float room = ImGui::GetIO().DisplaySize.y - y - ui.px(24);
    const float all = row * f(items.size()) + 2 * pad;
    const float height = std::min(all, std::max(row * 4, room));
    const float left = std::min(x, ImGui::GetIO().DisplaySize.x - width - ui.px(8));
    ImGui::SetNextWindowPos({left, y});
    ImGui::SetNextWindowSize({width, height});
    int chosen = -1;
    if (!ImGui::BeginPopup(name)) return -1;
    ui.beginLayer();
    {
        const Rect inner{left, y + pad, width, height - 2 * pad};
        Scroll scroll("##items", inner);
        for (std::size_t i = 0; i < items.size(); ++i) {
            const MenuItem& item = items[i];
            const Rect rect{left + pad, scroll.top() + row * f(i), scroll.width() - 2 * pad, row};
            const std::string id = std::string(name) + "." + std::to_string(i);
            const Hit hit = ui.hit(id.c_str(), rect, item.chosen ? "on" : item.label, item.enabled);
            const Color color = item.enabled ? c.text : faded(c.text3, 0.6F);
            if (item.enabled && (hit.hovered || hit.focused)) ui.fill(rect, c.raised, ui.px(5));
            float at = rect.x + ui.px(10);
            if (item.icon != nullptr) {
                ui.icon(*item.icon, at, rect.middleY(), item.enabled ? c.text2 : color);
                at += ui.px(26);
            }
            const float note = item.note.empty() ? 0 : ui.width(Font::kMonoSmall, item.note);
            ui.textIn(item.chosen ? Font::kBodySemi : Font::kBody, at, rect.middleY(),
                      rect.right() - at - note - ui.px(20), item.chosen ? c.accent : color,
                      item.label);
            ui.textRight(Font::kMonoSmall, rect.right() - ui.px(10), rect.middleY(), c.text3,
                         item.note);
            if (hit.clicked) chosen = static_cast<int>(i);
        }
        scroll.contents(row * f(items.size()));
    }
    if (ui.pressed(Key::kEscape) || chosen >= 0) ImGui::CloseCurrentPopup();
    ui.endLayer();
    ImGui::EndPopup();
    return chosen;
}

void progressBar(Ui& ui, const Rect& rect, double part, Color color) {
    ui.fill(rect, ui.colors().raised, rect.h / 2);
    const float w = std::max(rect.h, rect.w * f(std::min(1.0, std::max(0.0, part))));
    ui.fill({rect.x, rect.y, w, rect.h}, color, rect.h / 2);
}

bool emptyState(Ui& ui, const Rect& area, const EmptyLook& look) {
    constexpr int kMostLines = 8;
    const Palette& c = ui.colors();
    const float w = std::min(ui.px(440), area.w - ui.px(48));
    const float text = look.text.empty() ? 0
                                         : ui.paragraph(Font::kBody, 0, 0, w, 0, look.text,
                                                        ui.px(20), kMostLines, true) +
                                               ui.px(8);
    const float action = look.action.empty() ? 0 : ui.px(50);
    const float height = ui.px(64) + ui.px(24) + text + action;
    float y = std::max(area.y + ui.px(12), area.middleY() - height / 2);
    const Color color = look.color != 0 ? look.color : c.text3;
    if (look.icon != nullptr && area.h > height) {
        const float r = ui.px(24);
        ui.dot(area.middleX(), y + r, r, faded(color, 0.13F));
        const float iw = ui.iconWidth(*look.icon, Font::kIconLarge);
        ui.icon(*look.icon, area.middleX() - iw / 2, y + r, color, Font::kIconLarge);
        y += ui.px(64);
    }
    ui.textIn(Font::kBodySemi, area.x, y + ui.px(10), area.w, c.text, look.title, Align::kCentre);
    y += ui.px(28);
    if (!look.text.empty()) {
        // Short texts stand in the middle, long ones are set flush left.
        const float one = ui.width(Font::kBody, look.text);
        const float x = area.middleX() - std::min(w, one) / 2;
        y += ui.paragraph(Font::kBody, x, y, w, c.text2, look.text, ui.px(20), kMostLines) +
             ui.px(16);
    }
    if (look.action.empty()) return false;
    const ButtonLook action_look{
        .label = look.action, .tip = look.action_tip, .enabled = look.enabled};
    const float bw = buttonWidth(ui, action_look);
    return button(ui, look.action_name, std::floor(area.middleX() - bw / 2), std::floor(y),
                  action_look);
}

void skeleton(Ui& ui, const Rect& area, float row_height) {
    constexpr float kWidths[] = {0.55F, 0.7F, 0.4F, 0.62F, 0.5F};
    int row = 0;
    const Clip clip(area);
    for (float y = area.y; y < area.bottom(); y += row_height, ++row) {
        const float h = ui.px(10);
        const float cy = std::floor(y + row_height / 2 - h / 2);
        ui.fill({area.x + ui.px(16), cy, ui.px(70), h}, ui.colors().raised, h / 2);
        ui.fill({area.x + ui.px(110), cy, (area.w - ui.px(220)) * kWidths[row % 5], h},
                ui.colors().raised, h / 2);
        ui.fill({area.right() - ui.px(80), cy, ui.px(64), h}, ui.colors().raised, h / 2);
    }
}

float banner(Ui& ui, float x, float y, float width, const Icon& icon, std::string_view text,
             Color color, Color behind) {
    const float inner = width - ui.px(54);
    const float lines = ui.paragraph(Font::kSmallMedium, 0, 0, inner, 0, text, ui.px(18), 6, true);
    const float h = lines + ui.px(18);
    ui.fill({x, y, width, h}, behind, ui.px(6));
    ui.icon(icon, x + ui.px(12), y + ui.px(9) + ui.px(9), color);
    ui.paragraph(Font::kSmallMedium, x + ui.px(38), y + ui.px(9), inner, color, text, ui.px(18), 6);
    return h;
}

bool sayWhyMissing(Ui& ui, const Rect& area, bool here, const std::string& problem,
                   bool unsupported, const Connection& connection) {
    if (here) return false;
    if (unsupported) {
        emptyState(
            ui, area,
            {.icon = &icons::kInfo, .title = "Not available from this source", .text = problem});
    } else if (!problem.empty()) {
        emptyState(ui, area,
                   {.icon = &icons::kWarning,
                    .title = "This could not be read",
                    .text = problem,
                    .color = ui.colors().of(Hue::kRetry)});
    } else if (connection.link == Link::kLost || connection.link == Link::kRefused) {
        emptyState(ui, area,
                   {.icon = &icons::kDisconnected,
                    .title = connection.link == Link::kRefused ? "No access" : "No connection",
                    .text = connection.problem,
                    .color = ui.colors().of(Hue::kFailed)});
    } else {
        skeleton(ui, area.inset(0, ui.px(8)), ui.px(36));
    }
    return true;
}

}  // namespace waybill::gui
