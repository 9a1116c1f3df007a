// What is on the screen, by name: for tests that click and for tools that look.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "draw/geometry.h"

namespace waybill::gui {

struct Probed {
    Rect rect{};
    std::string value{};
    bool enabled = true;
};

/// Off by default, and then costs nothing. Holds what the newest whole frame showed.
class Probe {
public:
    void enable() { on_ = true; }
    bool enabled() const { return on_; }

    void beginFrame() {
        if (!on_) return;
        shown_.swap(drawn_);
        drawn_.clear();
    }
    void mark(std::string_view name, const Rect& rect, std::string_view value, bool enabled) {
        if (on_) drawn_[std::string(name)] = {rect, std::string(value), enabled};
    }

    /// Of the frame before the one that is being drawn; after a frame: call `beginFrame` first.
    const std::map<std::string, Probed>& shown() const { return drawn_.empty() ? shown_ : drawn_; }

    /// Name, rectangle, enabled and value, one a line, tab-separated.
    bool write(const std::string& path) const;

private:
    bool on_ = false;
    std::map<std::string, Probed> shown_;
    std::map<std::string, Probed> drawn_;
};

}  // namespace waybill::gui
