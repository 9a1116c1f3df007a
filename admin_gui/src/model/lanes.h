// Where calls to the other side run, so that drawing never waits for one.
#pragma once

#include <functional>
#include <memory>

namespace waybill::gui {

/// Jobs of one lane run one after another; lanes do not wait for each other.
enum class Lane {
    kScreen,      ///< what somebody looks at and waits for
    kBackground,  ///< figures that are read again and again
    kAction,      ///< what the operator asked to be done
    kLong,        ///< what may take minutes: exports, verification
    kTail,        ///< following the log: a job that does not end
};

/// Runs what is posted to it.
class Lanes {
public:
    virtual ~Lanes() = default;
    virtual void post(Lane lane, std::function<void()> job) = 0;
};

/// A thread for each lane, begun with its first job. The destructor drops what has not begun and
/// waits a moment for what has: a job must own what it touches, because one that hangs in a call to
/// a dead host is left behind rather than waited for.
std::unique_ptr<Lanes> makeThreadLanes();

/// Runs each job at once, on the caller's thread: for tests and screenshots. Jobs of kTail are
/// dropped.
std::unique_ptr<Lanes> makeInlineLanes();

}  // namespace waybill::gui
