// The typefaces of the dashboard, and text set in them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <imgui.h>

namespace waybill::gui {

enum class Font {
    kBody,         ///< Inter 13
    kBodyMedium,   ///< Inter Medium 13
    kBodySemi,     ///< Inter SemiBold 13
    kSmall,        ///< Inter 12
    kSmallMedium,  ///< Inter Medium 12
    kLabel,        ///< Inter Medium 11
    kTitle,        ///< Inter SemiBold 17
    kFigure,       ///< Inter Display SemiBold 25
    kMono,         ///< JetBrains Mono 12
    kMonoSmall,    ///< JetBrains Mono 11.5
    kIcon,         ///< Material Design Icons 17
    kIconLarge,    ///< … 26
    kIconSmall,    ///< … 13
    kCount
};

/// Builds ImGui's atlas for one scale and sets text in it: with fractional advances, because
/// imgui_freetype rounds them up, which tears small text apart. Fonts that are not installed are
/// replaced by DejaVu, or by ImGui's own; what a font lacks shows as its replacement character, and
/// what is not seen itself (`isUnseen`), but a tab, as its escape.
class FontSet {
public:
    /// Into the current ImGui context. Costs some 50 ms.
    void build(float scale);

    float scale() const { return scale_; }
    bool hasIcons() const { return has_icons_; }
    const std::string& note() const { return note_; }  ///< which packages are missing; may be empty

    ImFont* imguiFont(Font font) const { return face(font).font; }
    float height(Font font) const { return face(font).font->FontSize; }

    /// Rounded up to whole pixels.
    float width(Font font, std::string_view text) const;

    /// `y` is the upper edge of the line.
    void draw(ImDrawList* list, Font font, float x, float y, ImU32 color,
              std::string_view text) const;

    /// How many bytes of `text` fit into `width`; a character is never cut.
    std::size_t fitting(Font font, std::string_view text, float width) const;

private:
    struct Face {
        ImFont* font = nullptr;
        std::string file{};
        float em = 0;
        bool proportional = true;
        std::vector<float> advances{};  ///< by code point; empty: ImGui's
    };

    const Face& face(Font font) const { return faces_[static_cast<std::size_t>(font)]; }
    void add(Font font, const std::string& file, float pixels, const ImWchar* ranges,
             bool proportional);
    void addReplacement(ImFontConfig config, float em) const;
    void measure(Face& face) const;
    template <typename Visit>
    float layout(const Face& face, std::string_view text, Visit visit) const;

    std::array<Face, static_cast<std::size_t>(Font::kCount)> faces_;
    ImVector<ImWchar> icon_ranges_;
    float scale_ = 1;
    bool has_icons_ = false;
    std::string note_;
};

}  // namespace waybill::gui
