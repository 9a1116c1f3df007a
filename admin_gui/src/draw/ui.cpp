#include "draw/ui.h"

#include <cmath>

#include <imgui_internal.h>

namespace waybill::gui {

float Ui::px(float length) const {
    return std::floor(length * fonts_.scale() + 0.5F);
}

void Ui::beginFrame(Theme theme, Timestamp now, KeyPresses keys) {
    palette_ = &paletteOf(theme);
    dark_ = theme == Theme::kDark;
    now_ = now;
    keys_ = std::move(keys);
    animating_ = false;
    focus_given_ = 0;
    probe_.beginFrame();
    popup_open_ =
        ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
    if (popup_open_) {
        // Arrows walk through menus and dialogs as Tab does.
        for (KeyPress& press : keys_) {
            if (press.key == Key::kDown) press = {Key::kTab, 0, false, false};
            if (press.key == Key::kUp) press = {Key::kTab, 0, false, true};
        }
    }
    if (ImGui::IsMouseClicked(0)) focus_visible_ = false;
    moveFocus();
    stops_.clear();
    layer_ = 0;
    if (typing_soon_ > 0) --typing_soon_;
}

void Ui::endFrame() {
    keys_.clear();
}

/// Tab and Shift+Tab, in the order of the frame before.
void Ui::moveFocus() {
    int top = 0;
    for (const Stop& stop : stops_)
        top = std::max(top, stop.layer);
    std::erase_if(stops_, [&](const Stop& stop) { return stop.layer < top; });
    for (auto key = keys_.begin(); key != keys_.end();) {
        if (key->key != Key::kTab || stops_.empty()) {
            ++key;
            continue;
        }
        const auto here = std::find_if(stops_.begin(), stops_.end(),
                                       [&](const Stop& stop) { return stop.id == focus_; });
        const auto count = static_cast<std::ptrdiff_t>(stops_.size());
        const std::ptrdiff_t at =
            here == stops_.end() ? (key->shift ? 0 : -1) : here - stops_.begin();
        const std::ptrdiff_t next = (at + (key->shift ? -1 : 1) + count) % count;
        focus_ = focus_given_ = stops_[static_cast<std::size_t>(next)].id;
        focus_visible_ = true;
        ImGui::ClearActiveID();
        key = keys_.erase(key);
    }
}

bool Ui::tabStop(ImGuiID id) {
    stops_.push_back({id, layer_});
    return focus_given_ == id;
}

void Ui::fill(const Rect& rect, Color color, float radius) const {
    list()->AddRectFilled({rect.x, rect.y}, {rect.right(), rect.bottom()}, color, radius);
}

void Ui::frame(const Rect& rect, Color color, float radius, float thickness) const {
    list()->AddRect({rect.x, rect.y}, {rect.right(), rect.bottom()}, color, radius, 0, thickness);
}

void Ui::box(const Rect& rect, Color fill_color, Color line, float radius) const {
    fill(rect, fill_color, radius);
    if (line >> 24 != 0) frame(rect, line, radius);
}

void Ui::card(const Rect& rect) const {
    box(rect, colors().card, colors().line, px(10));
}

void Ui::horizontal(float x, float y, float width, Color color) const {
    fill({std::floor(x), std::floor(y), width, 1}, color);
}

void Ui::vertical(float x, float y, float height, Color color) const {
    fill({std::floor(x), std::floor(y), 1, height}, color);
}

void Ui::dot(float x, float y, float radius, Color color, bool hollow) const {
    if (hollow) {
        list()->AddCircle({x, y}, radius - 0.25F, color, 0, 1.5F * fonts_.scale());
    } else {
        list()->AddCircleFilled({x, y}, radius, color);
    }
}

float Ui::text(Font font, float x, float y, Color color, std::string_view text) const {
    fonts_.draw(list(), font, x, y - fonts_.height(font) * 0.5F - 0.5F, color, text);
    return fonts_.width(font, text);
}

float Ui::textRight(Font font, float right, float y, Color color, std::string_view text) const {
    const float w = fonts_.width(font, text);
    this->text(font, right - w, y, color, text);
    return w;
}

float Ui::textIn(Font font, float x, float y, float width, Color color, std::string_view text,
                 Align align) const {
    const float whole = fonts_.width(font, text);
    if (whole <= width) {
        const float spare = width - whole;
        x += align == Align::kRight ? spare : align == Align::kCentre ? std::floor(spare / 2) : 0;
        this->text(font, x, y, color, text);
        return whole;
    }
    constexpr std::string_view kEllipsis = "\u2026";
    const float room = width - fonts_.width(font, kEllipsis);
    if (room <= 0) return 0;
    std::string cut(text.substr(0, fonts_.fitting(font, text, room)));
    cut += kEllipsis;
    return this->text(font, x, y, color, cut);
}

float Ui::paragraph(Font font, float x, float y, float width, Color color, std::string_view text,
                    float leading, int lines, bool measure_only) const {
    float height = 0;
    for (int line = 0; line < lines && !text.empty(); ++line) {
        const std::size_t newline = std::min(text.find('\n'), text.size());
        std::size_t fits = std::min(fonts_.fitting(font, text.substr(0, newline), width), newline);
        const bool whole = fits == newline;
        if (!whole) {
            const std::size_t space = text.substr(0, fits + 1).rfind(' ');
            if (space != std::string_view::npos && space > 0) fits = space;
            if (fits == 0) fits = 1;
        }
        const bool last = line + 1 == lines && fits < text.size();
        if (!measure_only) {
            textIn(font, x, y + height + leading / 2, width, color,
                   last ? text.substr(0, newline) : text.substr(0, fits));
        }
        height += leading;
        text.remove_prefix(fits);
        while (!text.empty() && (text.front() == ' ' || (whole && text.front() == '\n'))) {
            const bool was_newline = text.front() == '\n';
            text.remove_prefix(1);
            if (was_newline) break;
        }
    }
    return height;
}

float Ui::iconWidth(const Icon& icon, Font size) const {
    if (fonts_.hasIcons()) return fonts_.width(size, icon.glyph);
    return fonts_.width(Font::kMono, icon.plain);
}

float Ui::icon(const Icon& icon, float x, float y, Color color, Font size) const {
    if (fonts_.hasIcons()) return text(size, x, y, color, icon.glyph);
    return text(Font::kMono, x, y, color, icon.plain);
}

Hit Ui::hit(const char* name, const Rect& rect, std::string_view value, bool enabled, bool stop) {
    Hit result;
    if (rect.w < 1 || rect.h < 1) return result;
    ImGui::SetCursorScreenPos({rect.x, rect.y});
    if (!ImGui::IsRectVisible({rect.x, rect.y}, {rect.right(), rect.bottom()})) {
        ImGui::Dummy({rect.w, rect.h});
        return result;
    }
    const ImGuiID id = ImGui::GetID(name);
    const bool clicked = ImGui::InvisibleButton(name, {rect.w, rect.h});
    probe_.mark(name, rect, value, enabled);
    if (!enabled) {
        result.hovered = ImGui::IsItemHovered();
        return result;
    }
    result.hovered = ImGui::IsItemHovered();
    result.held = ImGui::IsItemActive();
    result.clicked = clicked;
    if (stop) {
        stops_.push_back({id, layer_});
        result.focused = focusIs(id);
        const bool typing_elsewhere = typing();
        if (result.focused && !typing_elsewhere && (pressed(Key::kEnter) || typed(U' '))) {
            result.clicked = true;
        }
    }
    return result;
}

void Ui::focusRing(const Rect& rect, float radius) const {
    frame(rect.inset(-px(2), -px(2)), colors().accent, radius + px(2), 2 * fonts_.scale());
}

bool Ui::pressed(Key key) {
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [&](const KeyPress& press) { return press.key == key; });
    if (found == keys_.end()) return false;
    keys_.erase(found);
    return true;
}

bool Ui::typed(char32_t character, bool ctrl) {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const KeyPress& press) {
        return press.key == Key::kCharacter && press.character == character && press.ctrl == ctrl;
    });
    if (found == keys_.end()) return false;
    keys_.erase(found);
    return true;
}

void Ui::tooltip(std::string_view text) const {
    const float w = std::min(px(420), fonts_.width(Font::kSmall, text));
    const float h = paragraph(Font::kSmall, 0, 0, w, 0, text, px(17), 12, true);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {px(10), px(7)});
    ImGui::BeginTooltip();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    paragraph(Font::kSmall, at.x, at.y, w, colors().text, text, px(17), 12);
    ImGui::Dummy({w, h});
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

Scroll::Scroll(const char* name, const Rect& rect, bool to_bottom)
    : rect_(rect), to_bottom_(to_bottom) {
    ImGui::SetCursorScreenPos({rect.x, rect.y});
    ImGui::BeginChild(name, {rect.w, rect.h});
    top_ = ImGui::GetCursorScreenPos().y;
    const bool bar = ImGui::GetCurrentWindow()->ScrollbarY;
    width_ = rect.w - (bar ? ImGui::GetStyle().ScrollbarSize : 0);
}

void Scroll::contents(float height) {
    ImGui::SetCursorScreenPos({rect_.x, top_});
    ImGui::Dummy({1, std::max(1.F, height)});
}

Scroll::~Scroll() {
    if (to_bottom_) ImGui::SetScrollY(ImGui::GetScrollMaxY() + 1e6F);
    ImGui::EndChild();
}

}  // namespace waybill::gui
