// Rectangles in device pixels.
#pragma once

#include <algorithm>
#include <cmath>

namespace waybill::gui {

/// Numbers of any kind as ImGui wants them.
template <typename Number>
constexpr float f(Number number) {
    return static_cast<float>(number);
}

struct Rect {
    float x = 0;
    float y = 0;
    float w = 0;
    float h = 0;

    constexpr float right() const { return x + w; }
    constexpr float bottom() const { return y + h; }
    constexpr float middleX() const { return x + w / 2; }
    constexpr float middleY() const { return y + h / 2; }
    constexpr Rect inset(float dx, float dy) const {
        return {x + dx, y + dy, std::max(0.F, w - 2 * dx), std::max(0.F, h - 2 * dy)};
    }
    constexpr bool contains(float px, float py) const {
        return px >= x && px < right() && py >= y && py < bottom();
    }

    /// Cuts a strip off and leaves the rest, with a gap between.
    Rect takeTop(float height, float gap = 0) {
        const Rect strip{x, y, w, std::min(height, h)};
        y += height + gap;
        h = std::max(0.F, h - height - gap);
        return strip;
    }
    Rect takeBottom(float height, float gap = 0) {
        const Rect strip{x, bottom() - std::min(height, h), w, std::min(height, h)};
        h = std::max(0.F, h - height - gap);
        return strip;
    }
    Rect takeLeft(float width, float gap = 0) {
        const Rect strip{x, y, std::min(width, w), h};
        x += width + gap;
        w = std::max(0.F, w - width - gap);
        return strip;
    }
    Rect takeRight(float width, float gap = 0) {
        const Rect strip{right() - std::min(width, w), y, std::min(width, w), h};
        w = std::max(0.F, w - width - gap);
        return strip;
    }
};

}  // namespace waybill::gui
