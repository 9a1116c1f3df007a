#include "window/headless.h"

#include <cfloat>

#include <imgui.h>
#include "window/key_map.h"
#include "window/rasterizer.h"

namespace waybill::gui {

Headless::Headless(int width, int height) : context_(ImGui::CreateContext()) {
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
    io.MousePos = {-FLT_MAX, -FLT_MAX};
    io.ClipboardUserData = &clipboard_;
    io.SetClipboardTextFn = [](void* kept, const char* text) {
        *static_cast<std::string*>(kept) = text;
    };
    io.GetClipboardTextFn = [](void* kept) { return static_cast<std::string*>(kept)->c_str(); };
    mapImGuiKeys(io);
}

Headless::~Headless() {
    ImGui::DestroyContext(context_);
}

void Headless::frame(Dashboard& dashboard, KeyPresses keys) {
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.DeltaTime = 1.F / 60;
    dashboard.prepareFonts(1);
    for (const KeyPress& press : keys)
        holdImGuiKey(io, press, true);
    ImGui::NewFrame();
    dashboard.frame(keys);
    ImGui::Render();
    for (const KeyPress& press : keys)
        holdImGuiKey(io, press, false);
}

Image Headless::picture(const Dashboard& dashboard) const {
    ImGui::SetCurrentContext(context_);
    return rasterize(*ImGui::GetDrawData(), dashboard.background());
}

void Headless::moveMouse(float x, float y) {
    ImGui::GetIO().MousePos = {x, y};
}

void Headless::holdMouse(bool down) {
    ImGui::GetIO().MouseDown[0] = down;
}

void Headless::turnWheel(float lines) {
    ImGui::GetIO().MouseWheel = lines;
}

void Headless::type(const std::string& text) {
    ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
}

void Headless::holdKeys(bool ctrl, bool shift) {
    ImGuiIO& io = ImGui::GetIO();
    io.KeyCtrl = ctrl;
    io.KeyShift = shift;
    io.KeyMods = (ctrl ? ImGuiKeyModFlags_Ctrl : 0) | (shift ? ImGuiKeyModFlags_Shift : 0);
}

}  // namespace waybill::gui
