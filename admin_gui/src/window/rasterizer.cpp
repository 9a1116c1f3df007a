#include "window/rasterizer.h"

#include <algorithm>
#include <cmath>

namespace waybill::gui {
namespace {

struct Atlas {
    unsigned char* alpha = nullptr;
    int width = 0;
    int height = 0;
};

struct Bounds {
    int left, top, right, bottom;
};

float component(ImU32 color, int shift) {
    return static_cast<float>(color >> shift & 0xFF);
}

/// Twice the signed area of a triangle.
float cross(const ImVec2& a, const ImVec2& b, float x, float y) {
    return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
}

class Canvas {
public:
    Canvas(Image& image, const Atlas& atlas) : image_(image), atlas_(atlas) {}

    void triangle(const ImDrawVert& a, const ImDrawVert& b, const ImDrawVert& c,
                  const Bounds& clip) {
        const float area = cross(a.pos, b.pos, c.pos.x, c.pos.y);
        if (area == 0) return;
        if (area < 0) return triangle(a, c, b, clip);
        const Bounds box = boundsOf(a, b, c, clip);
        const bool flat = a.col == b.col && b.col == c.col;
        const bool textured =
            a.uv.x != b.uv.x || a.uv.y != b.uv.y || a.uv.x != c.uv.x || a.uv.y != c.uv.y;
        for (int y = box.top; y < box.bottom; ++y) {
            const float py = static_cast<float>(y) + 0.5F;
            for (int x = box.left; x < box.right; ++x) {
                const float px = static_cast<float>(x) + 0.5F;
                const float wa = cross(b.pos, c.pos, px, py);
                const float wb = cross(c.pos, a.pos, px, py);
                const float wc = cross(a.pos, b.pos, px, py);
                if (!inside(wa, b.pos, c.pos) || !inside(wb, c.pos, a.pos) ||
                    !inside(wc, a.pos, b.pos))
                    continue;
                const float u = wa / area;
                const float v = wb / area;
                const float w = wc / area;
                float coverage = 1;
                if (textured) {
                    coverage = sample(a.uv.x * u + b.uv.x * v + c.uv.x * w,
                                      a.uv.y * u + b.uv.y * v + c.uv.y * w);
                }
                if (flat) {
                    blend(x, y, component(a.col, 0), component(a.col, 8), component(a.col, 16),
                          component(a.col, 24) * coverage);
                } else {
                    const auto mix = [&](int shift) {
                        return component(a.col, shift) * u + component(b.col, shift) * v +
                               component(c.col, shift) * w;
                    };
                    blend(x, y, mix(0), mix(8), mix(16), mix(24) * coverage);
                }
            }
        }
    }

    /// A rectangle of one colour, which most of what ImGui draws is.
    void rectangle(const ImVec2& from, const ImVec2& to, ImU32 color, const Bounds& clip) {
        const int left = std::max(clip.left, static_cast<int>(std::ceil(from.x - 0.5F)));
        const int right = std::min(clip.right, static_cast<int>(std::ceil(to.x - 0.5F)));
        const int top = std::max(clip.top, static_cast<int>(std::ceil(from.y - 0.5F)));
        const int bottom = std::min(clip.bottom, static_cast<int>(std::ceil(to.y - 0.5F)));
        for (int y = top; y < bottom; ++y) {
            for (int x = left; x < right; ++x)
                blend(x, y, component(color, 0), component(color, 8), component(color, 16),
                      component(color, 24));
        }
    }

private:
    /// Pixels on an edge belong to one of the two triangles that share it (top-left rule).
    static bool inside(float weight, const ImVec2& from, const ImVec2& to) {
        if (weight != 0) return weight > 0;
        return to.y < from.y || (to.y == from.y && to.x > from.x);
    }

    static Bounds boundsOf(const ImDrawVert& a, const ImDrawVert& b, const ImDrawVert& c,
                           const Bounds& clip) {
        const auto low = [](float x, float y, float z) {
            return static_cast<int>(std::floor(std::min({x, y, z})));
        };
        const auto high = [](float x, float y, float z) {
            return static_cast<int>(std::ceil(std::max({x, y, z})));
        };
        return {std::max(clip.left, low(a.pos.x, b.pos.x, c.pos.x)),
                std::max(clip.top, low(a.pos.y, b.pos.y, c.pos.y)),
                std::min(clip.right, high(a.pos.x, b.pos.x, c.pos.x)),
                std::min(clip.bottom, high(a.pos.y, b.pos.y, c.pos.y))};
    }

    float texel(int x, int y) const {
        x = std::clamp(x, 0, atlas_.width - 1);
        y = std::clamp(y, 0, atlas_.height - 1);
        return static_cast<float>(atlas_.alpha[y * atlas_.width + x]) / 255;
    }

    /// Between the four nearest texels, as OpenGL does it.
    float sample(float u, float v) const {
        const float x = u * static_cast<float>(atlas_.width) - 0.5F;
        const float y = v * static_cast<float>(atlas_.height) - 0.5F;
        const int left = static_cast<int>(std::floor(x));
        const int top = static_cast<int>(std::floor(y));
        const float fx = x - static_cast<float>(left);
        const float fy = y - static_cast<float>(top);
        const float above = texel(left, top) * (1 - fx) + texel(left + 1, top) * fx;
        const float below = texel(left, top + 1) * (1 - fx) + texel(left + 1, top + 1) * fx;
        return above * (1 - fy) + below * fy;
    }

    void blend(int x, int y, float red, float green, float blue, float alpha) {
        std::uint8_t* pixel = image_.pixels.data() + (static_cast<std::size_t>(y) *
                                                          static_cast<std::size_t>(image_.width) +
                                                      static_cast<std::size_t>(x)) *
                                                         3;
        const float part = alpha / 255;
        const float values[3] = {red, green, blue};
        for (int i = 0; i < 3; ++i) {
            const float mixed = values[i] * part + static_cast<float>(pixel[i]) * (1 - part);
            pixel[i] = static_cast<std::uint8_t>(std::clamp(mixed + 0.5F, 0.F, 255.F));
        }
    }

    Image& image_;
    const Atlas& atlas_;
};

/// Two triangles that are one upright rectangle of one colour, without a picture.
bool isRectangle(const ImDrawVert* const (&v)[6]) {
    const ImVec2& uv = v[0]->uv;
    for (const ImDrawVert* vertex : v) {
        if (vertex->col != v[0]->col || vertex->uv.x != uv.x || vertex->uv.y != uv.y) return false;
    }
    const bool shared = v[0] == v[3] && v[2] == v[4];
    const ImVec2& a = v[0]->pos;
    const ImVec2& b = v[1]->pos;
    const ImVec2& c = v[2]->pos;
    const ImVec2& d = v[5]->pos;
    return shared && a.y == b.y && b.x == c.x && c.y == d.y && d.x == a.x;
}

void drawCommand(Canvas& canvas, const ImDrawList& list, const ImDrawCmd& command,
                 const Bounds& clip) {
    const ImDrawIdx* index = list.IdxBuffer.Data + command.IdxOffset;
    const ImDrawVert* vertices = list.VtxBuffer.Data + command.VtxOffset;
    for (unsigned i = 0; i + 2 < command.ElemCount; i += 3) {
        if (i + 5 < command.ElemCount) {
            const ImDrawVert* six[6];
            for (unsigned k = 0; k < 6; ++k)
                six[k] = vertices + index[i + k];
            if (isRectangle(six)) {
                const ImVec2& a = six[0]->pos;
                const ImVec2& c = six[2]->pos;
                canvas.rectangle({std::min(a.x, c.x), std::min(a.y, c.y)},
                                 {std::max(a.x, c.x), std::max(a.y, c.y)}, six[0]->col, clip);
                i += 3;
                continue;
            }
        }
        canvas.triangle(vertices[index[i]], vertices[index[i + 1]], vertices[index[i + 2]], clip);
    }
}

}  // namespace

Image rasterize(const ImDrawData& data, std::uint32_t background) {
    Image image{static_cast<int>(data.DisplaySize.x), static_cast<int>(data.DisplaySize.y), {}};
    const std::size_t count =
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    image.pixels.resize(count * 3);
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
        image.pixels[i] = static_cast<std::uint8_t>(background >> i % 3 * 8);
    Atlas atlas;
    ImGui::GetIO().Fonts->GetTexDataAsAlpha8(&atlas.alpha, &atlas.width, &atlas.height);
    Canvas canvas(image, atlas);
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList& list = *data.CmdLists[i];
        for (const ImDrawCmd& command : list.CmdBuffer) {
            if (command.UserCallback != nullptr) continue;
            const Bounds clip = {std::max(0, static_cast<int>(command.ClipRect.x)),
                                 std::max(0, static_cast<int>(command.ClipRect.y)),
                                 std::min(image.width, static_cast<int>(command.ClipRect.z)),
                                 std::min(image.height, static_cast<int>(command.ClipRect.w))};
            drawCommand(canvas, list, command, clip);
        }
    }
    return image;
}

}  // namespace waybill::gui
