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
#include <mutex>

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>
#include "window/glfw_input.h"
#include "window/key_map.h"

namespace waybill::gui {
namespace {

constexpr double kFrame = 1.0 / 60;
constexpr int kLeastWidth = 1100;
constexpr int kLeastHeight = 680;

// Held while a window is woken, so that none is while GLFW comes or goes.
std::mutex window_life;
bool window_exists = false;

void setWindowExists(bool exists) {
    const std::lock_guard lock(window_life);
    window_exists = exists;
}

std::string last_glfw_error;

double secondsNow() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
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
    Loop(GLFWwindow* window, WindowInput& input, Dashboard& dashboard, const WindowOptions& options)
        : window_(window), input_(input), dashboard_(dashboard), options_(options) {}

    void run() {
        while (glfwWindowShouldClose(window_) == 0) {
            wait();
            const bool iconified = glfwGetWindowAttrib(window_, GLFW_ICONIFIED) != 0;
            const bool wanted = input_.frames > 0 || moving() || secondsNow() - drawn_at_ >= pause_;
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
        const bool soon = input_.frames > 0 || moving();
        const double timeout = soon ? frame_left : std::max(0.0, pause_ - since);
        if (timeout > 0) {
            glfwWaitEventsTimeout(timeout);
        } else {
            glfwPollEvents();
        }
        // The second frame is for what follows the first: a list that scrolls to its end.
        if (woken_.exchange(false)) input_.frames = std::max(input_.frames, 2);
    }

    void frame() {
        if (dashboard_.prepareFonts(input_.display_scale) && fonts_uploaded_) {
            ImGui_ImplOpenGL3_DestroyFontsTexture();
            ImGui_ImplOpenGL3_CreateFontsTexture();
        }
        fonts_uploaded_ = true;
        const KeyPresses keys = input_.keyboard.takeForFrame(ImGui::GetIO());
        if (!input_.keyboard.empty()) input_.touched();
        ImGui_ImplOpenGL3_NewFrame();
        ImGui_ImplGlfw_NewFrame();
        ImGui::NewFrame();
        dashboard_.frame(keys);
        ImGui::Render();
        drawn_at_ = secondsNow();
        if (input_.frames > 0) --input_.frames;
        pause_ = dashboard_.secondsUntilNextFrame();
        show();
    }

    void show() {
        const ImDrawData& data = *ImGui::GetDrawData();
        const std::uint64_t print = fingerprint(data);
        if (print == shown_ && !input_.exposed) return;
        shown_ = print;
        input_.exposed = false;
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
    WindowInput& input_;
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
    const std::lock_guard lock(window_life);
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

    WindowInput input;
    float scale = 1;
    glfwGetWindowContentScale(window, &scale, nullptr);
    input.display_scale = scale > 0.5F ? scale : 1;
    ImGuiContext* context = ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
    ImGui_ImplGlfw_InitForOpenGL(window, false);
    ImGui_ImplOpenGL3_Init(opened.shading);
    mapImGuiKeys(ImGui::GetIO());
    listen(window, input);
    setWindowExists(true);

    Loop(window, input, dashboard, options).run();

    setWindowExists(false);
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext(context);
    glfwDestroyWindow(window);
    glfwTerminate();
    return 0;
}

}  // namespace waybill::gui
