#include "views/shortcuts.h"

#include "views/parts.h"

namespace waybill::gui {
namespace {

constexpr Shortcut kAll[] = {
    {{"1", "\u2013", "6"}, "Choose a view"},
    {{"/", "", ""}, "Search or filter"},
    {{"J", "K", ""}, "Next, previous row (also arrows)"},
    {{"PgDn", "PgUp", ""}, "A page down, up"},
    {{"Enter", "", ""}, "Open; again: fill the view"},
    {{"X", "", ""}, "Tick the row"},
    {{"Shift+click", "", ""}, "Tick a range"},
    {{"Ctrl+A", "", ""}, "Tick all that match"},
    {{"[", "]", ""}, "Tabs; older and newer events"},
    {{"R", "", ""}, "Re-deliver"},
    {{"Del", "", ""}, "Cancel deliveries"},
    {{"P", "", ""}, "Pause or resume the endpoint"},
    {{"C", "U", ""}, "Copy the id, the URL"},
    {{"Shift+C", "", ""}, "Copy the request as cURL"},
    {{"Y", "", ""}, "Copy the screen as a command"},
    {{"E", "", ""}, "Export what the filter finds"},
    {{"L", "", ""}, "Live, or hold still"},
    {{"T", "", ""}, "Dark or light"},
    {{"F5", "", ""}, "Read everything anew"},
    {{"Tab", "", ""}, "To the next button or field"},
    {{"Esc", "", ""}, "Close, untick, clear"},
    {{"?", "", ""}, "This list"},
};

}  // namespace

std::span<const Shortcut> shortcuts() {
    return kAll;
}

void globalKeys(Ui& ui, const Scene& scene, Intents& out) {
    if (!ui.listening()) return;
    constexpr View kViews[] = {View::kOverview, View::kDeliveries, View::kEndpoints,
                               View::kTail,     View::kEvents,     View::kSettings};
    for (char32_t i = 0; i < 6; ++i) {
        if (ui.typed(U'1' + i)) out.push_back(intent::Show{kViews[i]});
    }
    if (ui.typed(U't')) {
        const bool dark = scene.state.settings.theme == Theme::kDark;
        out.push_back(intent::SetTheme{dark ? Theme::kLight : Theme::kDark});
    }
    if (ui.typed(U'l')) out.push_back(intent::SetLive{!scene.state.live});
    if (ui.typed(U'?')) out.push_back(intent::AskHelp{});
    if (ui.typed(U'r')) out.push_back(intent::AskRedeliver{});
    if (ui.typed(U'y')) out.push_back(copyOfScreen(scene));
    if (ui.pressed(Key::kRefresh)) out.push_back(intent::Refresh{});
    if (ui.pressed(Key::kDelete)) out.push_back(intent::AskCancel{});
    if (ui.pressed(Key::kEscape)) {
        if (ui.hasVisibleFocus()) {
            ui.clearFocus();
        } else {
            out.push_back(intent::Close{});
        }
    }
}

}  // namespace waybill::gui
