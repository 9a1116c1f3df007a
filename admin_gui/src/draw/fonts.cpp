#include "draw/fonts.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include <unistd.h>

#include <cmath>
#include <initializer_list>
#include <memory>

#include <imgui_freetype.h>
#include <imgui_internal.h>
#include "draw/geometry.h"
#include "draw/icons.h"
#include "waybill/printable.h"

namespace waybill::gui {
namespace {

constexpr const char* kInter = "/usr/share/fonts/opentype/inter/";
constexpr const char* kDejaVu = "/usr/share/fonts/truetype/dejavu/";
constexpr const char* kJetBrains = "/usr/share/fonts/truetype/jetbrains-mono/";
constexpr const char* kIcons =
    "/usr/share/fonts/truetype/materialdesignicons-webfont/materialdesignicons-webfont.ttf";

constexpr unsigned kTab = 0xB7;  // is shown as a middle dot

/// Latin, Greek and Cyrillic, currencies, and the signs that the views use.
constexpr ImWchar kTextRanges[] = {0x20,   0x17F,  0x386,  0x3CE,  0x400,  0x45F,  0x2010,
                                   0x2027, 0x2030, 0x203A, 0x20A0, 0x20BF, 0x2116, 0x2116,
                                   0x2122, 0x2122, 0x2190, 0x2193, 0x21B5, 0x21B5, 0x2212,
                                   0x2212, 0xFFFD, 0xFFFD, 0};
constexpr ImWchar kShortRanges[] = {0x20, 0x17F, 0x2010, 0x2027, 0x2190, 0x2193, 0xFFFD, 0xFFFD, 0};
constexpr ImWchar kFigureRanges[] = {0x20, 0x7E, 0x2013, 0x2014, 0};
constexpr ImWchar kReplacementRange[] = {0xFFFD, 0xFFFD, 0};
constexpr std::size_t kMeasured = 0x2200;

std::string firstReadable(std::initializer_list<std::string> files) {
    for (const std::string& file : files) {
        if (::access(file.c_str(), R_OK) == 0) return file;
    }
    return {};
}

std::string mono() {
    return firstReadable({std::string(kJetBrains) + "JetBrainsMono-Regular.ttf",
                          std::string(kDejaVu) + "DejaVuSansMono.ttf"});
}

std::string inter(const std::string& weight) {
    const bool bold = weight.find("SemiBold") != std::string::npos;
    return firstReadable(
        {kInter + weight + ".otf",
         std::string(kDejaVu) + (bold ? "DejaVuSans-Bold.ttf" : "DejaVuSans.ttf")});
}

/// FreeType for the length of a build.
class FaceReader {
public:
    explicit FaceReader(const std::string& file) {
        if (FT_Init_FreeType(&library_) != 0) return;
        if (FT_New_Face(library_, file.c_str(), 0, &face_) != 0) face_ = nullptr;
    }
    ~FaceReader() {
        if (face_ != nullptr) FT_Done_Face(face_);
        if (library_ != nullptr) FT_Done_FreeType(library_);
    }
    FaceReader(const FaceReader&) = delete;
    FaceReader& operator=(const FaceReader&) = delete;

    /// ImGui's size of a font is its height from ascent to descent; designs speak of the em.
    float heightOfEm() const {
        if (face_ == nullptr || face_->units_per_EM == 0) return 1;
        return f(face_->ascender - face_->descender) / f(face_->units_per_EM);
    }

    /// In units of the em; negative when the font lacks the character.
    float advance(unsigned codepoint) const {
        if (face_ == nullptr) return -1;
        const FT_UInt glyph = FT_Get_Char_Index(face_, codepoint);
        if (glyph == 0 || FT_Load_Glyph(face_, glyph, FT_LOAD_NO_SCALE) != 0) return -1;
        return f(face_->glyph->metrics.horiAdvance) / f(face_->units_per_EM);
    }

private:
    FT_Library library_ = nullptr;
    FT_Face face_ = nullptr;
};

ImVector<ImWchar> iconRanges() {
    ImFontGlyphRangesBuilder builder;
    for (const Icon& icon : icons::kAll)
        builder.AddText(icon.glyph);
    ImVector<ImWchar> ranges;
    builder.BuildRanges(&ranges);
    return ranges;
}

/// The next character.
unsigned takeCharacter(const char*& at, const char* end) {
    unsigned c = static_cast<unsigned char>(*at);
    if (c < 0x80) {
        ++at;
    } else {
        at += std::max(1, ImTextCharFromUtf8(&c, at, end));
    }
    return c;
}

}  // namespace

void FontSet::add(Font font, const std::string& file, float pixels, const ImWchar* ranges,
                  bool proportional) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    Face& face = faces_[static_cast<std::size_t>(font)];
    face = {nullptr, file, pixels * scale_, proportional, {}};
    ImFontConfig config;
    if (file.empty()) {
        config.SizePixels = std::floor(pixels * scale_);
        face.font = atlas.AddFontDefault(&config);
        return;
    }
    config.OversampleH = config.OversampleV = 1;
    config.PixelSnapH = true;
    face.font = atlas.AddFontFromFileTTF(file.c_str(), face.em * FaceReader(file).heightOfEm(),
                                         &config, ranges);
    if (proportional) addReplacement(config, face.em);
}

/// Inter has none, and a question mark in its stead could be one that somebody wrote.
void FontSet::addReplacement(ImFontConfig config, float em) const {
    const std::string file = mono();
    if (file.empty()) return;
    config.MergeMode = true;
    ImGui::GetIO().Fonts->AddFontFromFileTTF(file.c_str(), em * FaceReader(file).heightOfEm(),
                                             &config, kReplacementRange);
}

void FontSet::measure(Face& face) const {
    if (face.file.empty()) return;
    const FaceReader reader(face.file);
    // Inter is drawn for text of 16 px and more; smaller, its letters stand a little too far apart.
    const float tighter =
        face.proportional ? face.em * (face.em > 15 * scale_ ? 0.018F : 0.012F) : 0;
    face.advances.assign(kMeasured, 0);
    for (ImFontGlyph& glyph : face.font->Glyphs) {
        const float advance = reader.advance(glyph.Codepoint) * face.em;
        if (advance < 0) continue;
        glyph.AdvanceX = std::floor(advance + 0.5F);
        if (glyph.Codepoint < kMeasured) face.advances[glyph.Codepoint] = advance - tighter;
    }
    face.font->BuildLookupTable();
    // In a font without a space ImGui hides the last glyph in its stead.
    for (ImFontGlyph& glyph : face.font->Glyphs)
        glyph.Visible = glyph.X1 > glyph.X0;
}

void FontSet::build(float scale) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    scale_ = scale;
    atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
    atlas.FontBuilderFlags = ImGuiFreeTypeBuilderFlags_LightHinting;
    atlas.TexGlyphPadding = 1;

    const std::string mono_file = mono();
    const std::string icon = firstReadable({kIcons});
    has_icons_ = !icon.empty();
    icon_ranges_ = iconRanges();
    add(Font::kBody, inter("Inter-Regular"), 13, kTextRanges, true);
    add(Font::kBodyMedium, inter("Inter-Medium"), 13, kTextRanges, true);
    add(Font::kBodySemi, inter("Inter-SemiBold"), 13, kTextRanges, true);
    add(Font::kSmall, inter("Inter-Regular"), 12, kTextRanges, true);
    add(Font::kSmallMedium, inter("Inter-Medium"), 12, kShortRanges, true);
    add(Font::kLabel, inter("Inter-Medium"), 11, kShortRanges, true);
    add(Font::kTitle, inter("Inter-SemiBold"), 17, kTextRanges, true);
    add(Font::kFigure, inter("InterDisplay-SemiBold"), 25, kFigureRanges, true);
    add(Font::kMono, mono_file, 12, kTextRanges, false);
    add(Font::kMonoSmall, mono_file, 11.5F, kTextRanges, false);
    add(Font::kIcon, icon, 17, icon_ranges_.Data, false);
    add(Font::kIconLarge, icon, 26, icon_ranges_.Data, false);
    add(Font::kIconSmall, icon, 13, icon_ranges_.Data, false);
    ImGui::GetIO().FontDefault = imguiFont(Font::kBody);
    atlas.Build();
    for (Face& each : faces_)
        measure(each);

    note_.clear();
    if (inter("Inter-Regular").find("inter") == std::string::npos) note_ += " fonts-inter";
    if (mono_file.find("JetBrains") == std::string::npos) note_ += " fonts-jetbrains-mono";
    if (!has_icons_) note_ += " fonts-materialdesignicons-webfont";
}

template <typename Visit>
float FontSet::layout(const Face& face, std::string_view text, Visit visit) const {
    const char* at = text.data();
    const char* const end = at + text.size();
    float pen = 0;
    while (at < end) {
        const char* const begin = at;
        const auto place = [&](unsigned c) {
            const ImFontGlyph* glyph = face.font->FindGlyph(static_cast<ImWchar>(c));
            const bool measured = c < face.advances.size() && glyph->Codepoint == c;
            const float advance = measured ? face.advances[c] : glyph->AdvanceX;
            const bool goes_on = visit(*glyph, pen, advance, begin);
            if (goes_on) pen += advance;
            return goes_on;
        };
        const unsigned c = takeCharacter(at, end);
        if (c == '\t' || !isUnseen(c)) {
            if (!place(c == '\t' ? kTab : c)) return pen;
            continue;
        }
        for (const char escape : printable({begin, static_cast<std::size_t>(at - begin)}))
            if (!place(static_cast<unsigned char>(escape))) return pen;
    }
    return pen;
}

float FontSet::width(Font font, std::string_view text) const {
    return std::ceil(layout(face(font), text, [](auto&, float, float, auto*) { return true; }));
}

std::size_t FontSet::fitting(Font font, std::string_view text, float width) const {
    std::size_t fits = text.size();
    layout(face(font), text, [&](auto&, float pen, float advance, const char* begin) {
        if (pen + advance <= width) return true;
        fits = static_cast<std::size_t>(begin - text.data());
        return false;
    });
    return fits;
}

void FontSet::draw(ImDrawList* list, Font font, float x, float y, ImU32 color,
                   std::string_view text) const {
    const ImVec4& clip = list->_CmdHeader.ClipRect;
    x = std::floor(x + 0.5F);
    y = std::floor(y + 0.5F);
    const bool outside = y > clip.w || y + height(font) < clip.y || x > clip.z;
    if (text.empty() || outside || color >> 24 == 0) return;
    const int reserved = static_cast<int>(printable(text).size());
    list->PrimReserve(reserved * 6, reserved * 4);
    int used = 0;
    layout(face(font), text, [&](const ImFontGlyph& glyph, float pen, float, auto*) {
        if (x + pen > clip.z) return false;
        if (!glyph.Visible) return true;
        const float at = x + std::floor(pen + 0.5F);
        list->PrimRectUV({at + glyph.X0, y + glyph.Y0}, {at + glyph.X1, y + glyph.Y1},
                         {glyph.U0, glyph.V0}, {glyph.U1, glyph.V1}, color);
        ++used;
        return true;
    });
    list->PrimUnreserve((reserved - used) * 6, (reserved - used) * 4);
}

}  // namespace waybill::gui
