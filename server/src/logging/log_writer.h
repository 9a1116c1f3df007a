// Log lines that never make their writer wait.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "logging/log_level.h"
#include "waybill/worker_thread.h"

namespace waybill::server {

/// One `key=value` of a log line.
struct LogField {
    LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
    LogField(std::string_view name, const char* text) : key(name), value(text) {}
    LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
    LogField(std::string_view name, std::uint64_t number)
        : key(name), value(std::to_string(number)), is_number(true) {}

    std::string_view key;
    std::string value;
    bool is_number = false;
};

/// What a problem was met in; a label of the metrics.
enum class Component {
    kEngine,
    kCallbacks,
    kUpstream,
    kHttp,
    kResponses,
    kBackground,
    kRetention,
    kEndpoints,
    kBulk,
    kLog
};
inline constexpr std::size_t kComponents = static_cast<std::size_t>(Component::kLog) + 1;

std::string_view toString(Component component) noexcept;

/// Writes lines to a descriptor from a thread of its own. `line` may be called from any thread and
/// never blocks on the descriptor: at most 1 MiB waits, what comes on top is counted and dropped,
/// and the count is written when there is room again. The destructor writes what waits, for at most
/// a second.
class LogWriter {
public:
    LogWriter(int descriptor, LogLevel least, LogFormat format);
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    bool wants(LogLevel level) const { return level >= least_; }
    void line(LogLevel level, std::string_view message, const std::vector<LogField>& fields = {});

    /// Something of ours went wrong and was survived: an error in the log, and counted.
    void problem(Component component, std::string_view message,
                 const std::vector<LogField>& fields = {});
    /// The same, for those who know no log. This must outlive it.
    ProblemReport reportOf(Component component);
    /// How many there were.
    std::uint64_t problems(Component component) const;

private:
    void run();
    bool writeWaiting();
    bool writeAll(std::string_view text);

    const int descriptor_;
    const LogLevel least_;
    const LogFormat format_;
    std::mutex mutex_;
    std::condition_variable stirred_;
    std::string waiting_;
    std::uint64_t dropped_ = 0;
    std::array<std::atomic<std::uint64_t>, kComponents> problems_{};
    bool ending_ = false;
    std::thread thread_;
};

/// The line as it is written, with its end.
std::string formatLogLine(LogFormat format, std::string_view time, LogLevel level,
                          std::string_view message, const std::vector<LogField>& fields);

}  // namespace waybill::server
