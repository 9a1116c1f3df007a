// Keys, as the backend saw them.
#pragma once

#include <vector>

namespace waybill::gui {

enum class Key {
    kCharacter,  ///< see `character`
    kEnter,
    kEscape,
    kTab,
    kUp,
    kDown,
    kLeft,
    kRight,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kDelete,
    kBackspace,
    kRefresh,  ///< F5
};

/// One press, or one repetition of it while it is held. Shortcuts are characters where they can be,
/// so that they are where the keyboard's layout has them.
struct KeyPress {
    Key key = Key::kCharacter;
    char32_t character = 0;  ///< with ctrl: the letter in lower case
    bool ctrl = false;
    bool shift = false;
};

using KeyPresses = std::vector<KeyPress>;

}  // namespace waybill::gui
