#include "bench/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>

#include "bench/cpu_time.h"
#include "bench/system_failure.h"

namespace waybill::bench {

namespace {

constexpr int kPatienceMs = 60'000;

/// Waits until the process is over; false: it is not in time.
bool awaitEnd(pid_t process) {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
    pollfd over{require(handle, "pidfd_open"), POLLIN, 0};
    const int count = poll(&over, 1, kPatienceMs);
    close(handle);
    return count > 0;
}

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* words, int output, ChildProcess::ErrorOutput error_output,
                         pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(output, STDOUT_FILENO);
    if (error_output == ChildProcess::ErrorOutput::kDiscarded) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    }
    execv(words[0], words);
    _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, ErrorOutput error_output) {
    std::vector<char*> words;
    for (const std::string& word : command)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);

    int ends[2];
    require(pipe2(ends, O_CLOEXEC), "pipe2");
    const pid_t parent = getpid();
    id_ = fork();
    if (id_ == 0) become(words.data(), ends[1], error_output, parent);
    close(ends[1]);
    output_ = ends[0];
    require(id_, "fork");
}

ChildProcess::~ChildProcess() {
    end(SIGKILL);
    close(output_);
}

std::string ChildProcess::readLine(std::chrono::nanoseconds timeout) {
    const auto deadline = monotonicNow() + timeout;
    std::size_t line_end = 0;
    while ((line_end = unread_.find('\n')) == std::string::npos) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - monotonicNow());
        pollfd ready{output_, POLLIN, 0};
        const int wait = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
        if (require(poll(&ready, 1, wait), "poll") == 0) {
            throw Poco::TimeoutException("a child process said nothing in time");
        }
        char bytes[1024];
        const ssize_t count = require(read(output_, bytes, sizeof bytes), "read");
        if (count == 0) throw Poco::RuntimeException("a child process ended before it was ready");
        unread_.append(bytes, static_cast<std::size_t>(count));
    }
    const std::string line = unread_.substr(0, line_end);
    unread_.erase(0, line_end + 1);
    return line;
}

void ChildProcess::end(int signal) {
    if (id_ < 0) return;
    kill(id_, signal);
    if (!awaitEnd(id_)) kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    id_ = -1;
}

}  // namespace waybill::bench
