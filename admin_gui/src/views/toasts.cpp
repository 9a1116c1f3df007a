#include "views/toasts.h"

#include <algorithm>

namespace waybill::gui {
namespace {

constexpr double kShort = 4;
constexpr double kLong = 9;  ///< there is something to do
constexpr std::size_t kMost = 4;
constexpr int kMostLines = 4;

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

/// How much of `text` fits on a line: whole words where there is one that does.
std::size_t lineOf(const FontSet& fonts, std::string_view text, float width) {
    std::size_t fits = fonts.fitting(Font::kSmall, text, width);
    if (fits < text.size()) {
        const std::size_t space = text.substr(0, fits + 1).rfind(' ');
        if (space != std::string_view::npos && space > 0) fits = space;
    }
    return std::max<std::size_t>(1, fits);
}

/// Draws one notice above everything else, as far as it has appeared.
class Drawing {
public:
    Drawing(Ui& ui, float alpha) : ui_(ui), alpha_(alpha), list_(*ImGui::GetForegroundDrawList()) {}

    void box(const Rect& rect) const {
        const Palette& c = ui_.colors();
        const Color shadow = rgb(0, ui_.dark() ? 18 : 6);
        for (int k = 5; k > 0; --k)
            fill(rect.inset(-f(k), -f(k) + ui_.px(3)), shadow, ui_.px(12));
        fill(rect, ui_.dark() ? c.raised : c.card, ui_.px(10));
        list_.AddRect({rect.x, rect.y}, {rect.right(), rect.bottom()}, faded(c.line_strong, alpha_),
                      ui_.px(10));
    }

    void title(const Rect& rect, const Notice& notice) const {
        const Look look = lookOf(notice.severity);
        const float middle = rect.y + ui_.px(20);
        if (ui_.fonts().hasIcons()) {
            text(Font::kIcon, rect.x + ui_.px(18), middle, ui_.colors().of(look.hue),
                 look.icon->glyph);
        }
        text(Font::kBodySemi, rect.x + ui_.px(48), middle, ui_.colors().text, notice.title);
    }

    void words(const Rect& rect, std::string_view rest, float width) const {
        float y = rect.y + ui_.px(31);
        for (int line = 0; line < kMostLines && !rest.empty(); ++line) {
            const std::size_t fits = lineOf(ui_.fonts(), rest, width);
            ui_.fonts().draw(&list_, Font::kSmall, rect.x + ui_.px(48), y,
                             faded(ui_.colors().text2, alpha_), rest.substr(0, fits));
            rest.remove_prefix(fits);
            while (rest.starts_with(' '))
                rest.remove_prefix(1);
            y += ui_.px(18);
        }
    }

private:
    void fill(const Rect& rect, Color color, float radius) const {
        list_.AddRectFilled({rect.x, rect.y}, {rect.right(), rect.bottom()}, faded(color, alpha_),
                            radius);
    }
    void text(Font font, float x, float middle, Color color, std::string_view words) const {
        ui_.fonts().draw(&list_, font, x, middle - ui_.fonts().height(font) / 2,
                         faded(color, alpha_), words);
    }

    Ui& ui_;
    float alpha_;
    ImDrawList& list_;
};

}  // namespace

void Toasts::add(const Notice& notice, double seconds) {
    toasts_.push_back({notice, seconds});
    if (toasts_.size() > kMost) toasts_.erase(toasts_.begin());
}

void Toasts::draw(Ui& ui, double seconds, float above) {
    std::erase_if(toasts_,
                  [&](const Toast& toast) { return seconds - toast.since > lifeOf(toast.notice); });
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float w = ui.px(400);
    const float inner = w - ui.px(70);
    float bottom = screen.y - std::max(above, ui.px(24));
    for (std::size_t i = toasts_.size(); i-- > 0;) {
        const Notice& notice = toasts_[i].notice;
        const double age = seconds - toasts_[i].since;
        const double left = lifeOf(notice) - age;
        const float alpha = f(std::clamp(std::min(age / 0.12, left / 0.25), 0.0, 1.0));
        if (alpha < 1) ui.animate();
        const float h = ui.px(38) + ui.paragraph(Font::kSmall, 0, 0, inner, 0, notice.text,
                                                 ui.px(18), kMostLines, true);
        const Rect rect{screen.x - ui.px(24) - w + (1 - alpha) * ui.px(16), bottom - h, w, h};
        const Drawing drawing(ui, alpha);
        drawing.box(rect);
        drawing.title(rect, notice);
        drawing.words(rect, notice.text, inner);
        ui.probe().mark("toast." + std::to_string(i), rect, notice.title + ": " + notice.text,
                        true);
        bottom -= h + ui.px(10);
    }
}

}  // namespace waybill::gui
