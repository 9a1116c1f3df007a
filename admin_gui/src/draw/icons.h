// Material Design Icons by what they mean here, with what stands in their place where the font is
// missing (package fonts-materialdesignicons-webfont).
#pragma once

namespace waybill::gui {

struct Icon {
    const char* glyph;
    const char* plain;
};

namespace icons {
inline constexpr Icon kBrand{"\uF62F", "W"};
inline constexpr Icon kOverview{"\uF56E", "#"};
inline constexpr Icon kDeliveries{"\uF279", "="};
inline constexpr Icon kEndpoints{"\uF48D", "@"};
inline constexpr Icon kTail{"\uF18D", ">"};
inline constexpr Icon kEvents{"\uF5DA", "%"};
inline constexpr Icon kSettings{"\uF493", "*"};
inline constexpr Icon kSearch{"\uF349", "/"};
inline constexpr Icon kClose{"\uF156", "x"};
inline constexpr Icon kCopy{"\uF18F", "c"};
inline constexpr Icon kRedeliver{"\uF459", "r"};
inline constexpr Icon kCancel{"\uF0AD", "x"};
inline constexpr Icon kRight{"\uF142", ">"};
inline constexpr Icon kDown{"\uF140", "v"};
inline constexpr Icon kSortDown{"\uF045", "v"};
inline constexpr Icon kSortUp{"\uF05D", "^"};
inline constexpr Icon kPause{"\uF3E4", "||"};
inline constexpr Icon kPlay{"\uF40A", ">"};
inline constexpr Icon kStop{"\uF4DB", "[]"};
inline constexpr Icon kExport{"\uF1DA", "v"};
inline constexpr Icon kSun{"\uF5A8", "o"};
inline constexpr Icon kMoon{"\uF594", "("};
inline constexpr Icon kCalendar{"\uF0F0", "t"};
inline constexpr Icon kDone{"\uF5E0", "+"};
inline constexpr Icon kWarning{"\uF026", "!"};
inline constexpr Icon kProblem{"\uF028", "!"};
inline constexpr Icon kInfo{"\uF2FD", "i"};
inline constexpr Icon kRefresh{"\uF450", "r"};
inline constexpr Icon kFilter{"\uF233", "f"};
inline constexpr Icon kShield{"\uF499", "s"};
inline constexpr Icon kDisconnected{"\uF319", "!"};
inline constexpr Icon kInbox{"\uF2FB", "-"};
inline constexpr Icon kCheck{"\uF4D9", "?"};
inline constexpr Icon kExpand{"\uF616", "+"};
inline constexpr Icon kTerminal{"\uF18D", ">"};
inline constexpr Icon kLock{"\uF341", "#"};
inline constexpr Icon kBack{"\uF141", "<"};
inline constexpr Icon kPerson{"\uF004", "@"};
inline constexpr Icon kKeyboard{"\uF30C", "?"};

/// All of them, so that the atlas holds these glyphs and no others.
inline constexpr Icon kAll[] = {
    kBrand,   kOverview, kDeliveries, kEndpoints, kTail,   kEvents, kSettings,     kSearch,
    kClose,   kCopy,     kRedeliver,  kCancel,    kRight,  kDown,   kSortDown,     kSortUp,
    kPause,   kPlay,     kStop,       kExport,    kSun,    kMoon,   kCalendar,     kDone,
    kWarning, kProblem,  kInfo,       kRefresh,   kFilter, kShield, kDisconnected, kInbox,
    kCheck,   kExpand,   kTerminal,   kLock,      kBack,   kPerson, kKeyboard};
}  // namespace icons

}  // namespace waybill::gui
