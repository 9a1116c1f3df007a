// The keys that work everywhere, and the list that `?` shows.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "views/scene.h"

namespace waybill::gui {

struct Shortcut {
    std::array<std::string_view, 3> keys;
    std::string_view meaning;
};

std::span<const Shortcut> shortcuts();

/// Takes the keys that mean the same in every view.
void globalKeys(Ui& ui, const Scene& scene, Intents& out);

}  // namespace waybill::gui
