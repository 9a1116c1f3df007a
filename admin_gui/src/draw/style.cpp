#include "draw/style.h"

#include <cmath>

namespace waybill::gui {

void applyStyle(const Palette& colors, float scale) {
    const auto px = [&](float length) { return std::floor(length * scale + 0.5F); };
    const auto color = [](Color packed) { return ImGui::ColorConvertU32ToFloat4(packed); };
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = {0, 0};
    style.FramePadding = {px(10), px(7)};
    style.ItemSpacing = {0, 0};
    style.WindowBorderSize = style.ChildBorderSize = 0;
    style.PopupBorderSize = style.FrameBorderSize = 1;
    style.PopupRounding = px(8);
    style.FrameRounding = px(6);
    style.ScrollbarSize = px(10);
    style.ScrollbarRounding = px(6);
    style.GrabMinSize = px(36);
    style.WindowMinSize = {1, 1};
    style.CircleTessellationMaxError = 0.15F;
    // Lines are triangles, as everything else: one picture from OpenGL and from our own rasterizer.
    style.AntiAliasedLinesUseTex = false;

    ImVec4* all = style.Colors;
    const ImVec4 none(0, 0, 0, 0);
    all[ImGuiCol_Text] = color(colors.text);
    all[ImGuiCol_TextDisabled] = color(colors.text3);
    all[ImGuiCol_WindowBg] = color(colors.background);
    all[ImGuiCol_ChildBg] = none;
    all[ImGuiCol_PopupBg] = color(colors.card);
    all[ImGuiCol_Border] = color(colors.line_strong);
    all[ImGuiCol_FrameBg] = color(colors.field);
    all[ImGuiCol_FrameBgHovered] = color(colors.hover);
    all[ImGuiCol_FrameBgActive] = color(colors.field);
    all[ImGuiCol_ScrollbarBg] = none;
    all[ImGuiCol_ScrollbarGrab] = color(faded(colors.text3, 0.35F));
    all[ImGuiCol_ScrollbarGrabHovered] = color(faded(colors.text3, 0.6F));
    all[ImGuiCol_ScrollbarGrabActive] = color(colors.text3);
    all[ImGuiCol_TextSelectedBg] = color(faded(colors.accent, 0.35F));
    all[ImGuiCol_ModalWindowDimBg] = color(colors.shade);
    all[ImGuiCol_NavHighlight] = none;
}

}  // namespace waybill::gui
