#include "window/glfw_window.h"

#define GLFW_INCLUDE_NONE
#include <GL/gl.h>
#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>
#include "window/key_map.h"

namespace waybill::gui {
namespace {

constexpr int kFramesAfterInput = 3;  ///< until what hovers, opens and scrolls has settled
constexpr double kFrame = 1.0 / 60;
constexpr int kLeastWidth = 1100;
constexpr int kLeastHeight = 680;

std::atomic<bool> window_exists{false};
std::string last_glfw_error;

double secondsNow() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// One event of the keyboard, kept until a frame takes it.
struct KeyEvent {
    KeyPress press{};
    bool down = true;
    bool typed = false;  ///< a character for a text field, too
};

/// ImGui 1.86 looks at keys once a frame: a press and its release within one are lost. So they wait
/// here, and a frame takes no release of a key it took the press of.
class Keyboard {
public:
    void add(const KeyEvent& event) { waiting_.push_back(event); }
    bool empty() const { return waiting_.empty(); }

    KeyPresses takeForFrame() {
        KeyPresses presses;
        ImGuiIO& io = ImGui::GetIO();
        while (!waiting_.empty()) {
            const KeyEvent event = waiting_.front();
            const bool pressed_now =
                std::any_of(presses.begin(), presses.end(), [&](const KeyPress& press) {
                    return press.key == event.press.key && press.character == event.press.character;
                });
            if (!event.down && pressed_now) break;
            waiting_.pop_front();
            if (event.typed) io.AddInputCharacter(event.press.character);
            if (!event.typed) holdImGuiKey(io, event.press, event.down);
            if (event.down) presses.push_back(event.press);
        }
        return presses;
    }

private:
    std::deque<KeyEvent> waiting_;
};

/// What the callbacks of GLFW, which carry no pointer of ours for ImGui's sake, tell the loop.
struct Events {
    Keyboard keyboard;
    int frames = kFramesAfterInput;
    bool exposed = true;
    float display_scale = 0;
};
Events* events = nullptr;

void touched() {
    events->frames = kFramesAfterInput;
}

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
    touched();
    ImGuiIO& io = ImGui::GetIO();
    // X11 reports modifiers as they were before the event, so a modifier's own event says the rest.
    const auto held = [&](int mask, int left, int right) {
        const bool itself = key == left || key == right;
        return itself ? action != GLFW_RELEASE : (mods & mask) != 0;
    };
    io.KeyCtrl = held(GLFW_MOD_CONTROL, GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL);
    io.KeyShift = held(GLFW_MOD_SHIFT, GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT);
    io.KeyAlt = held(GLFW_MOD_ALT, GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT);
    io.KeyMods = (io.KeyCtrl ? ImGuiKeyModFlags_Ctrl : 0) |
                 (io.KeyShift ? ImGuiKeyModFlags_Shift : 0) |
                 (io.KeyAlt ? ImGuiKeyModFlags_Alt : 0);
    KeyEvent event;
    event.down = action != GLFW_RELEASE;
    event.press.ctrl = io.KeyCtrl;
    event.press.shift = io.KeyShift;
    const auto* named = std::find_if(kNamedKeys.begin(), kNamedKeys.end(),
                                     [&](const NamedKey& each) { return each.glfw == key; });
    if (named != kNamedKeys.end()) {
        event.press.key = named->key;
    } else if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z && (io.KeyCtrl || !event.down)) {
        event.press.character = static_cast<char32_t>('a' + (key - GLFW_KEY_A));
        event.press.ctrl = true;
    } else {
        return;  // comes as a character
    }
    events->keyboard.add(event);
}

void onCharacter(GLFWwindow*, unsigned character) {
    touched();
    KeyEvent event;
    event.press.character = character;
    event.press.shift = ImGui::GetIO().KeyShift;
    event.typed = true;
    events->keyboard.add(event);
}

void onButton(GLFWwindow* window, int button, int action, int mods) {
    ImGui_ImplGlfw_MouseButtonCallback(window, button, action, mods);
    touched();
}
void onScroll(GLFWwindow* window, double x, double y) {
    ImGui_ImplGlfw_ScrollCallback(window, x, y);
    touched();
}
void onMove(GLFWwindow*, double, double) {
    touched();
}
void onEnter(GLFWwindow* window, int entered) {
    ImGui_ImplGlfw_CursorEnterCallback(window, entered);
    touched();
}
void onFocus(GLFWwindow* window, int focused) {
    ImGui_ImplGlfw_WindowFocusCallback(window, focused);
    touched();
}
void onResize(GLFWwindow*, int, int) {
    touched();
}
void onExpose(GLFWwindow*) {
    events->exposed = true;
    touched();
}
void onScale(GLFWwindow*, float x, float) {
    events->display_scale = x;
    touched();
}

void listen(GLFWwindow* window) {
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

/// Two frames whose triangles are the same need one picture.
std::uint64_t fingerprint(const ImDrawData& data) {
    std::uint64_t hash = 0xCBF29CE484222325;
    const auto eat = [&](const void* bytes, std::size_t size) {
        const char* at = static_cast<const char*>(bytes);
        while (size > 0) {
            std::uint64_t word = 0;
            const std::size_t part = std::min<std::size_t>(8, size);
            std::memcpy(&word, at, part);
            hash = (hash ^ word) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
            at += part;
            size -= part;
        }
    };
    eat(&data.DisplaySize, sizeof data.DisplaySize);
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList& list = *data.CmdLists[i];
        eat(list.VtxBuffer.Data, static_cast<std::size_t>(list.VtxBuffer.size_in_bytes()));
        eat(list.IdxBuffer.Data, static_cast<std::size_t>(list.IdxBuffer.size_in_bytes()));
        for (const ImDrawCmd& command : list.CmdBuffer)
            eat(&command.ClipRect, sizeof command.ClipRect);
    }
    return hash;
}

struct Version {
    int major, minor;
    int profile;
    const char* shading;
};
constexpr std::array<Version, 3> kVersions = {{
    {3, 3, GLFW_OPENGL_CORE_PROFILE, "#version 330"},
    {3, 2, GLFW_OPENGL_CORE_PROFILE, "#version 150"},
    {3, 0, GLFW_OPENGL_ANY_PROFILE, "#version 130"},
}};

struct Opened {
    GLFWwindow* window = nullptr;
    const char* shading = nullptr;
};

Opened open(const WindowOptions& options, const WindowPlace& place) {
    for (const Version& version : kVersions) {
        glfwDefaultWindowHints();
        glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, version.major);
        glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, version.minor);
        glfwWindowHint(GLFW_OPENGL_PROFILE, version.profile);
        glfwWindowHint(GLFW_DEPTH_BITS, 0);
        glfwWindowHint(GLFW_STENCIL_BITS, 0);
        glfwWindowHint(GLFW_MAXIMIZED, place.maximized ? GLFW_TRUE : GLFW_FALSE);
        glfwWindowHintString(GLFW_X11_CLASS_NAME, "waybill-admin");
        glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "waybill-admin");
        GLFWwindow* window =
            glfwCreateWindow(place.width, place.height, options.title.c_str(), nullptr, nullptr);
        if (window != nullptr) return {window, version.shading};
    }
    return {};
}

const char* orUnset(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "not set";
}

int complainNoDisplay() {
    std::fprintf(
        stderr,
        "waybill-admin: there is no display to open a window on (DISPLAY is %s). Run it in a "
        "desktop session or through ssh -X; --screenshot FILE.png needs no display.\n",
        orUnset("DISPLAY"));
    return 1;
}

int complainNoOpenGl() {
    std::fprintf(
        stderr,
        "waybill-admin: the display offers no OpenGL 3.0 (%s). Install libgl1-mesa-dri, which "
        "also draws in software.\n",
        last_glfw_error.c_str());
    return 1;
}

class Loop {
public:
    Loop(GLFWwindow* window, Dashboard& dashboard, const WindowOptions& options)
        : window_(window), dashboard_(dashboard), options_(options) {}

    void run() {
        while (glfwWindowShouldClose(window_) == 0) {
            wait();
            const bool iconified = glfwGetWindowAttrib(window_, GLFW_ICONIFIED) != 0;
            const bool wanted =
                events->frames > 0 || moving() || secondsNow() - drawn_at_ >= pause_;
            if (!wanted || iconified) continue;
            frame();
        }
        remember();
    }

private:
    bool moving() const { return dashboard_.animating() || ImGui::IsAnyMouseDown(); }

    void wait() {
        const double since = secondsNow() - drawn_at_;
        // Nothing was shown, so the display did not slow us down.
        const double frame_left = std::max(0.0, kFrame - since);
        const bool soon = events->frames > 0 || moving();
        const double timeout = soon ? frame_left : std::max(0.0, pause_ - since);
        if (timeout > 0) {
            glfwWaitEventsTimeout(timeout);
        } else {
            glfwPollEvents();
        }
        // The second frame is for what follows the first: a list that scrolls to its end.
        if (woken_.exchange(false)) events->frames = std::max(events->frames, 2);
    }

    void frame() {
        if (dashboard_.prepareFonts(events->display_scale) && fonts_uploaded_) {
            ImGui_ImplOpenGL3_DestroyFontsTexture();
            ImGui_ImplOpenGL3_CreateFontsTexture();
        }
        fonts_uploaded_ = true;
        const KeyPresses keys = events->keyboard.takeForFrame();
        if (!events->keyboard.empty()) touched();
        ImGui_ImplOpenGL3_NewFrame();
        ImGui_ImplGlfw_NewFrame();
        ImGui::NewFrame();
        dashboard_.frame(keys);
        ImGui::Render();
        drawn_at_ = secondsNow();
        if (events->frames > 0) --events->frames;
        pause_ = dashboard_.secondsUntilNextFrame();
        show();
    }

    void show() {
        const ImDrawData& data = *ImGui::GetDrawData();
        const std::uint64_t print = fingerprint(data);
        if (print == shown_ && !events->exposed) return;
        shown_ = print;
        events->exposed = false;
        int width = 0;
        int height = 0;
        glfwGetFramebufferSize(window_, &width, &height);
        const ImVec4 background = ImGui::ColorConvertU32ToFloat4(dashboard_.background());
        glViewport(0, 0, width, height);
        glClearColor(background.x, background.y, background.z, 1);
        glClear(GL_COLOR_BUFFER_BIT);
        ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
        glfwSwapBuffers(window_);
        if (!options_.probe_file.empty()) dashboard_.writeProbe(options_.probe_file);
        remember();
    }

    void remember() {
        WindowPlace place;
        place.maximized = glfwGetWindowAttrib(window_, GLFW_MAXIMIZED) != 0;
        glfwGetWindowPos(window_, &place.x, &place.y);
        glfwGetWindowSize(window_, &place.width, &place.height);
        dashboard_.setWindowPlace(place);
    }

public:
    static std::atomic<bool> woken_;

private:
    GLFWwindow* window_;
    Dashboard& dashboard_;
    const WindowOptions& options_;
    std::uint64_t shown_ = 0;
    double drawn_at_ = 0;
    double pause_ = 0;
    bool fonts_uploaded_ = false;
};

std::atomic<bool> Loop::woken_{false};

}  // namespace

void wakeWindow() {
    if (!window_exists) return;
    Loop::woken_ = true;
    glfwPostEmptyEvent();
}

int runWindow(Dashboard& dashboard, const WindowOptions& options) {
    glfwSetErrorCallback([](int, const char* description) { last_glfw_error = description; });
    if (glfwInit() == 0) return complainNoDisplay();
    const WindowPlace place = dashboard.windowPlace();
    const Opened opened = open(options, place);
    if (opened.window == nullptr) {
        glfwTerminate();
        return complainNoOpenGl();
    }
    GLFWwindow* window = opened.window;
    glfwSetWindowSizeLimits(window, kLeastWidth, kLeastHeight, GLFW_DONT_CARE, GLFW_DONT_CARE);
    if (place.x >= 0 && place.y >= 0 && !place.maximized)
        glfwSetWindowPos(window, place.x, place.y);
    glfwMakeContextCurrent(window);
    glfwSwapInterval(1);

    Events state;
    events = &state;
    float scale = 1;
    glfwGetWindowContentScale(window, &scale, nullptr);
    state.display_scale = scale > 0.5F ? scale : 1;
    ImGuiContext* context = ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
    ImGui_ImplGlfw_InitForOpenGL(window, false);
    ImGui_ImplOpenGL3_Init(opened.shading);
    mapImGuiKeys(ImGui::GetIO());
    listen(window);
    window_exists = true;

    Loop(window, dashboard, options).run();

    window_exists = false;
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext(context);
    glfwDestroyWindow(window);
    glfwTerminate();
    events = nullptr;
    return 0;
}

}  // namespace waybill::gui
