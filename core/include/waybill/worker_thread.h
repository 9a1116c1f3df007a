// Threads that no exception leaves.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace waybill {

/// Takes a sentence about something that went wrong and was survived. Called from any thread; may
/// be null. What it throws is ignored.
using ProblemReport = std::function<void(const std::string& problem)>;

/// What the exception that is being handled says. In a catch block only.
std::string currentProblem();

/// Reports `what: currentProblem()`. In a catch block only.
void reportCurrent(const ProblemReport& report, std::string_view what) noexcept;

/// Calls `step`. What it throws, whatever it is, goes no further: it is reported, after `what` and
/// a colon. False when it threw.
template <typename Step>
bool contained(const ProblemReport& report, std::string_view what, Step&& step) noexcept {
    try {
        step();
        return true;
    } catch (...) {
        reportCurrent(report, what);
        return false;
    }
}

/// The one way to start a thread here. The thread has a name (at most 15 characters) and takes no
/// signals: those are for the host's own threads, and a write to a closed connection must not end
/// the process. What `body` throws ends the thread, not the process, and is reported; a body that
/// goes round contains each round by itself. Throws Poco::SystemException when no thread can be
/// had.
std::thread startWorkerThread(const char* name, std::function<void()> body,
                              ProblemReport report = nullptr);

}  // namespace waybill
