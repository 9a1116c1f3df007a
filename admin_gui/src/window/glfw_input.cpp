#include "window/glfw_input.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>

#include <backends/imgui_impl_glfw.h>

namespace waybill::gui {
namespace {

WindowInput* current_input = nullptr;

struct NamedKey {
    int glfw;
    Key key;
};
constexpr std::array<NamedKey, 16> kNamedKeys = {{
    {GLFW_KEY_ENTER, Key::kEnter},
    {GLFW_KEY_KP_ENTER, Key::kEnter},
    {GLFW_KEY_ESCAPE, Key::kEscape},
    {GLFW_KEY_TAB, Key::kTab},
    {GLFW_KEY_UP, Key::kUp},
    {GLFW_KEY_DOWN, Key::kDown},
    {GLFW_KEY_LEFT, Key::kLeft},
    {GLFW_KEY_RIGHT, Key::kRight},
    {GLFW_KEY_PAGE_UP, Key::kPageUp},
    {GLFW_KEY_PAGE_DOWN, Key::kPageDown},
    {GLFW_KEY_HOME, Key::kHome},
    {GLFW_KEY_END, Key::kEnd},
    {GLFW_KEY_DELETE, Key::kDelete},
    {GLFW_KEY_BACKSPACE, Key::kBackspace},
    {GLFW_KEY_F5, Key::kRefresh},
    {GLFW_KEY_KP_DECIMAL, Key::kDelete},
}};

void onKey(GLFWwindow*, int key, int, int action, int mods) {
    current_input->touched();
    // X11 reports modifiers as they were before the event, so a modifier's own event says the rest.
    const auto held = [&](int mask, int left, int right) {
        const bool itself = key == left || key == right;
        return itself ? action != GLFW_RELEASE : (mods & mask) != 0;
    };
    const Modifiers modifiers{
        .ctrl = held(GLFW_MOD_CONTROL, GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL),
        .shift = held(GLFW_MOD_SHIFT, GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT),
        .alt = held(GLFW_MOD_ALT, GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT)};
    current_input->keyboard.setModifiers(modifiers);
    KeyEvent event;
    event.down = action != GLFW_RELEASE;
    event.press.ctrl = modifiers.ctrl;
    event.press.shift = modifiers.shift;
    const auto* named = std::find_if(kNamedKeys.begin(), kNamedKeys.end(),
                                     [&](const NamedKey& each) { return each.glfw == key; });
    if (named != kNamedKeys.end()) {
        event.press.key = named->key;
    } else if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z && (modifiers.ctrl || !event.down)) {
        event.press.character = static_cast<char32_t>('a' + (key - GLFW_KEY_A));
        event.press.ctrl = true;
    } else {
        return;  // comes as a character
    }
    current_input->keyboard.add(event);
}

void onCharacter(GLFWwindow*, unsigned character) {
    current_input->touched();
    KeyEvent event;
    event.press.character = character;
    event.press.shift = current_input->keyboard.modifiers().shift;
    event.typed = true;
    current_input->keyboard.add(event);
}

void onButton(GLFWwindow* window, int button, int action, int mods) {
    ImGui_ImplGlfw_MouseButtonCallback(window, button, action, mods);
    current_input->touched();
}
void onScroll(GLFWwindow* window, double x, double y) {
    ImGui_ImplGlfw_ScrollCallback(window, x, y);
    current_input->touched();
}
void onMove(GLFWwindow*, double, double) {
    current_input->touched();
}
void onEnter(GLFWwindow* window, int entered) {
    ImGui_ImplGlfw_CursorEnterCallback(window, entered);
    current_input->touched();
}
void onFocus(GLFWwindow* window, int focused) {
    ImGui_ImplGlfw_WindowFocusCallback(window, focused);
    current_input->touched();
}
void onResize(GLFWwindow*, int, int) {
    current_input->touched();
}
void onExpose(GLFWwindow*) {
    current_input->exposed = true;
    current_input->touched();
}
void onScale(GLFWwindow*, float x, float) {
    current_input->display_scale = x;
    current_input->touched();
}

}  // namespace

void listen(GLFWwindow* window, WindowInput& to) {
    current_input = &to;
    glfwSetKeyCallback(window, onKey);
    glfwSetCharCallback(window, onCharacter);
    glfwSetMouseButtonCallback(window, onButton);
    glfwSetScrollCallback(window, onScroll);
    glfwSetCursorPosCallback(window, onMove);
    glfwSetCursorEnterCallback(window, onEnter);
    glfwSetWindowFocusCallback(window, onFocus);
    glfwSetFramebufferSizeCallback(window, onResize);
    glfwSetWindowRefreshCallback(window, onExpose);
    glfwSetWindowContentScaleCallback(window, onScale);
}

}  // namespace waybill::gui
