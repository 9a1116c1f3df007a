// The pencil: what every widget and view draws and listens with.
#pragma once

#include <string_view>

#include <imgui.h>
#include "draw/fonts.h"
#include "draw/geometry.h"
#include "draw/icons.h"
#include "draw/palette.h"
#include "draw/probe.h"
#include "waybill/gui/input.h"
#include "waybill/time.h"

namespace waybill::gui {

/// What the mouse or the keyboard did to something that can be pressed.
struct Hit {
    bool hovered = false;
    bool held = false;
    bool clicked = false;
    bool focused = false;  ///< by Tab; draw the ring
};

enum class Align { kLeft, kCentre, kRight };

/// Lives as long as the dashboard; `beginFrame` and `endFrame` enclose each frame. Lengths given to
/// `px` are those of the design, everything else is in device pixels.
class Ui {
public:
    void beginFrame(Theme theme, Timestamp now, KeyPresses keys);
    void endFrame();

    const Palette& colors() const { return *palette_; }
    bool dark() const { return dark_; }
    FontSet& fonts() { return fonts_; }
    const FontSet& fonts() const { return fonts_; }
    Probe& probe() { return probe_; }
    Timestamp now() const { return now_; }

    /// A length of the design on this screen, in whole pixels.
    float px(float length) const;

    ImDrawList* list() const { return ImGui::GetWindowDrawList(); }

    // ---- shapes

    void fill(const Rect& rect, Color color, float radius = 0) const;
    void frame(const Rect& rect, Color color, float radius = 0, float thickness = 1) const;
    void box(const Rect& rect, Color fill_color, Color line, float radius) const;
    void card(const Rect& rect) const;
    void horizontal(float x, float y, float width, Color color) const;
    void vertical(float x, float y, float height, Color color) const;
    void dot(float x, float y, float radius, Color color, bool hollow = false) const;

    // ---- text, on a line whose middle is `y`

    float width(Font font, std::string_view text) const { return fonts_.width(font, text); }
    /// Returns the width.
    float text(Font font, float x, float y, Color color, std::string_view text) const;
    float textRight(Font font, float right, float y, Color color, std::string_view text) const;
    /// Within `width`, with an ellipsis where it does not fit. Returns the width used.
    float textIn(Font font, float x, float y, float width, Color color, std::string_view text,
                 Align align = Align::kLeft) const;
    /// Broken at spaces into lines `leading` apart, the first with its upper edge at `y`; at most
    /// `lines` of them. Returns the height.
    float paragraph(Font font, float x, float y, float width, Color color, std::string_view text,
                    float leading, int lines = 100, bool measure_only = false) const;
    float icon(const Icon& icon, float x, float y, Color color, Font size = Font::kIcon) const;
    float iconWidth(const Icon& icon, Font size = Font::kIcon) const;

    // ---- input

    /// Something that can be pressed, with the mouse or, after Tab, with Enter or Space. `name`
    /// must be unique on the screen. `stop`: Tab stops here.
    Hit hit(const char* name, const Rect& rect, std::string_view value = {}, bool enabled = true,
            bool stop = true);
    /// For what is drawn by ImGui itself.
    void mark(const char* name, const Rect& rect, std::string_view value = {}) {
        probe_.mark(name, rect, value, true);
    }
    void focusRing(const Rect& rect, float radius) const;

    /// A press of this frame that nobody took yet; takes it.
    bool pressed(Key key);
    bool typed(char32_t character, bool ctrl = false);
    const KeyPresses& keys() const { return keys_; }
    void dropKeys() { keys_.clear(); }

    /// A text field has the keyboard.
    bool typing() const { return ImGui::GetIO().WantTextInput; }

    /// Single keys are shortcuts now: nothing is being typed and no menu or dialog is open.
    bool listening() const { return !typing() && !popup_open_ && typing_soon_ == 0; }
    /// A text field was given the keyboard: what is typed from now on is for it.
    void expectTyping() { typing_soon_ = 3; }

    /// While a layer is open, Tab stays within it and what lies below does not listen.
    void beginLayer() { ++layer_; }
    void endLayer() { --layer_; }
    bool focusIs(ImGuiID id) const { return focus_ == id && focus_visible_; }
    void setFocus(ImGuiID id) { focus_ = id; }
    void clearFocus() { focus_ = 0; }
    bool hasVisibleFocus() const { return focus_ != 0 && focus_visible_; }
    /// Puts something of ImGui's own (a text field) into the order of Tab. True: it just got the
    /// focus.
    bool tabStop(ImGuiID id);

    /// Another frame is wanted soon.
    void animate() { animating_ = true; }
    bool animating() const { return animating_; }

    void tooltip(std::string_view text) const;

private:
    void moveFocus();

    FontSet fonts_;
    Probe probe_;
    const Palette* palette_ = nullptr;
    bool dark_ = true;
    Timestamp now_{};
    KeyPresses keys_;
    bool animating_ = false;
    bool popup_open_ = false;
    int typing_soon_ = 0;  ///< frames until `typing` knows

    struct Stop {
        ImGuiID id;
        int layer;
    };
    std::vector<Stop> stops_;  ///< of this frame, in order
    int layer_ = 0;
    ImGuiID focus_ = 0;
    ImGuiID focus_given_ = 0;  ///< by Tab, in this frame
    bool focus_visible_ = false;
};

/// Encloses what is drawn with ImGui's clipping to a rectangle.
class Clip {
public:
    explicit Clip(const Rect& rect) {
        ImGui::PushClipRect({rect.x, rect.y}, {rect.right(), rect.bottom()}, true);
    }
    ~Clip() { ImGui::PopClipRect(); }
    Clip(const Clip&) = delete;
    Clip& operator=(const Clip&) = delete;
};

/// A region that scrolls, its contents laid out from `top()` on.
class Scroll {
public:
    Scroll(const char* name, const Rect& rect, bool to_bottom = false);
    ~Scroll();
    Scroll(const Scroll&) = delete;
    Scroll& operator=(const Scroll&) = delete;

    /// Where the contents begin on the screen, scrolled as they are.
    float top() const { return top_; }
    float left() const { return rect_.x; }
    /// Without the scroll bar.
    float width() const { return width_; }
    const Rect& rect() const { return rect_; }
    /// How high the contents are.
    void contents(float height);

    float offset() const { return ImGui::GetScrollY(); }
    void scrollTo(float offset) { ImGui::SetScrollY(offset); }
    bool atBottom() const { return ImGui::GetScrollY() >= ImGui::GetScrollMaxY() - 2; }

private:
    Rect rect_;
    float top_ = 0;
    float width_ = 0;
    bool to_bottom_ = false;
};

}  // namespace waybill::gui
