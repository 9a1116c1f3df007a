// A process that ends with us.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace waybill::bench {

/// Started with `command`; its standard output can be read, its standard error is ours or nobody's.
/// Killed on destruction, and by the kernel should we die first.
class ChildProcess {
public:
    enum class ErrorOutput { kOurs, kDiscarded };

    ChildProcess(const std::vector<std::string>& command, ErrorOutput error_output);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t id() const { return id_; }

    /// The next line of its output, without its end. Throws Poco::TimeoutException when there is
    /// none in time, Poco::RuntimeException when the output ends before.
    std::string readLine(std::chrono::nanoseconds timeout);

    /// Sends `signal` and waits for the end; kills it after a minute.
    void end(int signal);

private:
    pid_t id_ = -1;
    int output_ = -1;
    std::string unread_;
};

}  // namespace waybill::bench
