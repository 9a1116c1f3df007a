// Where calls to the other side run, so that drawing never waits for one.
#pragma once

#include <functional>
#include <memory>

namespace waybill::gui {

/// Jobs of one lane run one after another; lanes do not wait for each other.
enum class Lane {
    kStop,        ///< ends what is under way: nothing else may stand before it
    kBrake,       ///< holds what is under way, and lets it go on
    kScreen,      ///< what somebody looks at and waits for
    kBackground,  ///< figures that are read again and again
    kAction,      ///< what the operator asked to be done
    kLong,        ///< what may take minutes: exports, verification
    kTail,        ///< following the log: a job that does not end
};

/// Runs what is posted to it. Nothing that a job throws leaves it.
class Lanes {
public:
    virtual ~Lanes() = default;

    /// `failed` is called where a job threw, or could not be begun, inside the catch block. Any
    /// thread; it may outlive this object. Set it before the first job.
    void onFailure(std::function<void()> failed) { failed_ = std::move(failed); }

    void post(Lane lane, std::function<void()> job);

protected:
    /// `job` throws nothing. May throw when there is no thread to be had.
    virtual void begin(Lane lane, std::function<void()> job) = 0;

private:
    std::function<void()> failed_;
};

/// A thread for each lane, begun with its first job. The destructor drops what has not begun and
/// waits a moment for what has: a job must own what it touches, because one that hangs in a call to
/// a dead host is left behind rather than waited for.
std::unique_ptr<Lanes> makeThreadLanes();

/// Runs each job at once, on the caller's thread: for tests and screenshots. Jobs of kTail are
/// dropped.
std::unique_ptr<Lanes> makeInlineLanes();

}  // namespace waybill::gui
