// The colours of both themes. Text on its background keeps a contrast of 4.5:1 or more.
#pragma once

#include <cstdint>

#include "model/state.h"

namespace waybill::gui {

/// As ImGui packs it: 0xAABBGGRR.
using Color = std::uint32_t;

constexpr Color rgb(std::uint32_t hex, std::uint32_t alpha = 255) {
    return alpha << 24 | (hex & 0xFF) << 16 | (hex & 0xFF00) | hex >> 16;
}

/// The same colour with its alpha multiplied.
constexpr Color faded(Color color, float by) {
    const auto alpha = static_cast<std::uint32_t>(static_cast<float>(color >> 24) * by);
    return (color & 0x00FFFFFF) | alpha << 24;
}

/// What a colour says. Never said by the colour alone: words stand beside it.
enum class Hue { kDelivered, kRetry, kFailed, kAttempting, kFirst, kCount };

struct Palette {
    Color background, side, card, raised, hover, line, line_strong;
    Color text, text2, text3;
    Color accent, accent_fill, accent_soft, on_accent;
    Color field, code, shade;
    Color hue[static_cast<int>(Hue::kCount)];   ///< as text and dots
    Color soft[static_cast<int>(Hue::kCount)];  ///< behind them
    Color fill[static_cast<int>(Hue::kCount)];  ///< in charts: success muted, failures not
    Color json_key, json_text, json_number, json_word;

    Color of(Hue which) const { return hue[static_cast<int>(which)]; }
    Color softOf(Hue which) const { return soft[static_cast<int>(which)]; }
    Color fillOf(Hue which) const { return fill[static_cast<int>(which)]; }
};

const Palette& paletteOf(Theme theme);

}  // namespace waybill::gui
