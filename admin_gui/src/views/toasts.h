// What just happened, for a few seconds in the corner.
#pragma once

#include <vector>

#include "views/scene.h"

namespace waybill::gui {

/// Keeps which notices are on the screen and since when. `seconds`: a clock that only runs forward.
class Toasts {
public:
    void add(const Notice& notice, double seconds);
    /// `above`: how much of the lower edge is taken.
    void draw(Ui& ui, double seconds, float above);
    bool empty() const { return toasts_.empty(); }

private:
    struct Toast {
        Notice notice;
        double since;
    };
    std::vector<Toast> toasts_;
};

}  // namespace waybill::gui
