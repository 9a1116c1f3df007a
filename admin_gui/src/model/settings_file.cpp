#include "model/settings_file.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace waybill::gui {
namespace {

template <typename Number>
std::optional<Number> numberFrom(const std::string& text, Number low, Number high) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && number >= low && number <= high ? std::optional(number) : std::nullopt;
}

template <typename Number>
void assign(Number& place, const std::string& text, Number low, Number high) {
    place = numberFrom<Number>(text, low, high).value_or(place);
}

void apply(Settings& settings, const std::string& key, const std::string& value) {
    if (key == "theme") settings.theme = value == "light" ? Theme::kLight : Theme::kDark;
    if (key == "scale") assign(settings.scale, value, 0.F, 3.F);
    // One that cannot be recorded is asked for again.
    if (key == "actor" && problemOfName(trimmed(value)).empty()) settings.actor = trimmed(value);
    if (key == "window") {
        settings.window_chosen = true;
        assign<std::size_t>(settings.window, value, 0, kWindows.size() - 1);
    }
    if (key == "x") assign(settings.window_x, value, -1, 32'000);
    if (key == "y") assign(settings.window_y, value, -1, 32'000);
    if (key == "width") assign(settings.window_width, value, 640, 16'000);
    if (key == "height") assign(settings.window_height, value, 480, 16'000);
    if (key == "maximized") settings.maximized = value == "yes";
}

}  // namespace

std::string defaultSettingsPath() {
    namespace fs = std::filesystem;
    if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0') {
        return (fs::path(config) / "waybill" / "admin.conf").string();
    }
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return (fs::path(home) / ".config" / "waybill" / "admin.conf").string();
}

Settings readSettings(const std::string& path) {
    Settings settings;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.ends_with('\r')) line.pop_back();
        const std::size_t equals = line.find(" = ");
        if (line.starts_with('#') || equals == std::string::npos) continue;
        apply(settings, line.substr(0, equals), line.substr(equals + 3));
    }
    return settings;
}

bool writeSettings(const std::string& path, const Settings& settings) {
    if (path.empty()) return false;
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    const std::string part = path + ".part";
    {
        std::ofstream file(part, std::ios::trunc);
        file << "# What waybill-admin remembers.\n"
             << "theme = " << (settings.theme == Theme::kLight ? "light" : "dark") << '\n'
             << "scale = " << settings.scale << '\n'
             << "actor = " << settings.actor << '\n'
             << "x = " << settings.window_x << '\n'
             << "y = " << settings.window_y << '\n'
             << "width = " << settings.window_width << '\n'
             << "height = " << settings.window_height << '\n'
             << "maximized = " << (settings.maximized ? "yes" : "no") << '\n';
        if (settings.window_chosen) file << "window = " << settings.window << '\n';
        if (!file.good()) return false;
    }
    std::filesystem::rename(part, path, ignored);
    return !ignored;
}

}  // namespace waybill::gui
