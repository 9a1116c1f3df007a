#include "draw/palette.h"

namespace waybill::gui {
namespace {

constexpr Palette kDark = {
    .background = rgb(0x0B0D12),
    .side = rgb(0x0E1117),
    .card = rgb(0x12151D),
    .raised = rgb(0x1A1F2A),
    .hover = rgb(0x161B25),
    .line = rgb(0x1F2531),
    .line_strong = rgb(0x2D3545),
    .text = rgb(0xE7EAF1),
    .text2 = rgb(0x9BA5B7),
    .text3 = rgb(0x8490A6),
    .accent = rgb(0x7C86FF),
    .accent_fill = rgb(0x5B63F0),
    .accent_soft = rgb(0x7C86FF, 36),
    .on_accent = rgb(0xFFFFFF),
    .field = rgb(0x0F1219),
    .code = rgb(0x0D1016),
    .shade = rgb(0x05070A, 150),
    .hue = {rgb(0x3ECF8E), rgb(0xF5B14C), rgb(0xF4606C), rgb(0x4DA8FF), rgb(0x8E99AC)},
    .soft = {rgb(0x3ECF8E, 28), rgb(0xF5B14C, 28), rgb(0xF4606C, 30), rgb(0x4DA8FF, 28),
             rgb(0x8E99AC, 28)},
    .fill = {rgb(0x3ECF8E, 125), rgb(0xF5B14C), rgb(0xF4606C), rgb(0x4DA8FF), rgb(0x8E99AC)},
    .json_key = rgb(0x8AB4FF),
    .json_text = rgb(0x86D9A6),
    .json_number = rgb(0xF2B872),
    .json_word = rgb(0xC792EA),
};

constexpr Palette kLight = {
    .background = rgb(0xF5F6F8),
    .side = rgb(0xFBFBFC),
    .card = rgb(0xFFFFFF),
    .raised = rgb(0xF0F2F5),
    .hover = rgb(0xF6F7FA),
    .line = rgb(0xE6E9EE),
    .line_strong = rgb(0xD3D8E0),
    .text = rgb(0x151A23),
    .text2 = rgb(0x566072),
    .text3 = rgb(0x6A7486),
    .accent = rgb(0x5058E5),
    .accent_fill = rgb(0x5058E5),
    .accent_soft = rgb(0x5058E5, 26),
    .on_accent = rgb(0xFFFFFF),
    .field = rgb(0xFFFFFF),
    .code = rgb(0xF8F9FB),
    .shade = rgb(0x1A2030, 95),
    .hue = {rgb(0x0F7549), rgb(0x945600), rgb(0xCF2F3F), rgb(0x1660BD), rgb(0x5F6B7E)},
    .soft = {rgb(0x0F7549, 22), rgb(0xE08A00, 28), rgb(0xCF2F3F, 20), rgb(0x1660BD, 22),
             rgb(0x5F6B7E, 22)},
    .fill = {rgb(0x8FD3B4), rgb(0xF0A93B), rgb(0xE5515F), rgb(0x4A90E8), rgb(0x9AA5B5)},
    .json_key = rgb(0x2950C8),
    .json_text = rgb(0x1A7F4B),
    .json_number = rgb(0xA65A00),
    .json_word = rgb(0x8A3FC0),
};

}  // namespace

const Palette& paletteOf(Theme theme) {
    return theme == Theme::kLight ? kLight : kDark;
}

}  // namespace waybill::gui
