#include "views/toasts.h"

#include <algorithm>

namespace waybill::gui {
namespace {

constexpr double kShort = 4;
constexpr double kLong = 9;  ///< there is something to do
constexpr std::size_t kMost = 4;

double lifeOf(const Notice& notice) {
    return notice.severity == Severity::kDone ? kShort : kLong;
}

struct Look {
    const Icon* icon;
    Hue hue;
};

Look lookOf(Severity severity) {
    if (severity == Severity::kProblem) return {&icons::kProblem, Hue::kFailed};
    if (severity == Severity::kNotice) return {&icons::kInfo, Hue::kRetry};
    return {&icons::kDone, Hue::kDelivered};
}

}  // namespace

void Toasts::add(const Notice& notice, double seconds) {
    toasts_.push_back({notice, seconds});
    if (toasts_.size() > kMost) toasts_.erase(toasts_.begin());
}

void Toasts::draw(Ui& ui, double seconds, float above) {
    std::erase_if(toasts_,
                  [&](const Toast& toast) { return seconds - toast.since > lifeOf(toast.notice); });
    if (toasts_.empty()) return;
    const Palette& c = ui.colors();
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImDrawList* list = ImGui::GetForegroundDrawList();
    float bottom = screen.y - std::max(above, ui.px(24));
    for (std::size_t i = toasts_.size(); i-- > 0;) {
        const Toast& toast = toasts_[i];
        const double age = seconds - toast.since;
        const double left = lifeOf(toast.notice) - age;
        const float alpha = f(std::clamp(std::min(age / 0.12, left / 0.25), 0.0, 1.0));
        if (alpha < 1) ui.animate();
        const float w = ui.px(400);
        const float inner = w - ui.px(70);
        const float text =
            ui.paragraph(Font::kSmall, 0, 0, inner, 0, toast.notice.text, ui.px(18), 4, true);
        const float h = ui.px(38) + text;
        const Rect rect{screen.x - ui.px(24) - w + (1 - alpha) * ui.px(16), bottom - h, w, h};
        const auto shape = [&](const Rect& r, Color color, float radius) {
            list->AddRectFilled({r.x, r.y}, {r.right(), r.bottom()}, faded(color, alpha), radius);
        };
        for (int k = 5; k > 0; --k)
            shape(rect.inset(-f(k), -f(k) + ui.px(3)), rgb(0, ui.dark() ? 18 : 6), ui.px(12));
        shape(rect, ui.dark() ? c.raised : c.card, ui.px(10));
        list->AddRect({rect.x, rect.y}, {rect.right(), rect.bottom()}, faded(c.line_strong, alpha),
                      ui.px(10));
        const Look look = lookOf(toast.notice.severity);
        const FontSet& fonts = ui.fonts();
        if (fonts.hasIcons()) {
            fonts.draw(list, Font::kIcon, rect.x + ui.px(18),
                       rect.y + ui.px(20) - fonts.height(Font::kIcon) / 2,
                       faded(c.of(look.hue), alpha), look.icon->glyph);
        }
        fonts.draw(list, Font::kBodySemi, rect.x + ui.px(48),
                   rect.y + ui.px(20) - fonts.height(Font::kBodySemi) / 2, faded(c.text, alpha),
                   toast.notice.title);
        std::string_view rest = toast.notice.text;
        float y = rect.y + ui.px(31);
        for (int line = 0; line < 4 && !rest.empty(); ++line) {
            std::size_t fits = fonts.fitting(Font::kSmall, rest, inner);
            if (fits < rest.size()) {
                const std::size_t space = rest.substr(0, fits + 1).rfind(' ');
                if (space != std::string_view::npos && space > 0) fits = space;
            }
            fits = std::max<std::size_t>(1, fits);
            fonts.draw(list, Font::kSmall, rect.x + ui.px(48), y, faded(c.text2, alpha),
                       rest.substr(0, fits));
            rest.remove_prefix(fits);
            while (rest.starts_with(' '))
                rest.remove_prefix(1);
            y += ui.px(18);
        }
        ui.probe().mark("toast." + std::to_string(i), rect,
                        toast.notice.title + ": " + toast.notice.text, true);
        bottom -= h + ui.px(10);
    }
}

}  // namespace waybill::gui
