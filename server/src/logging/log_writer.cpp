#include "logging/log_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "waybill/clock.h"
#include "waybill/json_quote.h"
#include "waybill/printable.h"
#include "waybill/time.h"
#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMostWaiting = 1024 * 1024;
constexpr auto kLastWords = std::chrono::seconds(1);

/// Whether a value reads unmistakably without quotes.
bool isPlain(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7F && c != '"' && c != '=' && c != '\\';
    });
}

constexpr std::array<std::string_view, kComponents> kComponentNames = {
    "engine",     "callbacks", "upstream",  "http", "responses",
    "background", "retention", "endpoints", "bulk", "log"};

std::string now() {
    return formatTimestamp(systemClock().now().wall);
}

}  // namespace

std::string formatLogLine(LogFormat format, std::string_view time, LogLevel level,
                          std::string_view message, const std::vector<LogField>& fields) {
    std::string line;
    if (format == LogFormat::kJson) {
        line.append("{\"time\":\"").append(time).append("\",\"level\":\"").append(toString(level));
        line.append("\",\"message\":").append(jsonQuote(message));
        for (const LogField& field : fields)
            line.append(",\"").append(field.key).append("\":").append(
                field.is_number ? field.value : jsonQuote(field.value));
        return line.append("}\n");
    }
    line.append(time).append(" ").append(toString(level)).append(" ");
    // A message may quote what came from elsewhere: one line stays one line.
    line.append(printable(message));
    for (const LogField& field : fields)
        line.append(" ").append(field.key).append("=").append(
            isPlain(field.value) ? field.value : jsonQuote(field.value));
    return line.append("\n");
}

std::string_view toString(Component component) noexcept {
    return kComponentNames[static_cast<std::size_t>(component)];
}

LogWriter::LogWriter(int descriptor, LogLevel least, LogFormat format)
    : descriptor_(descriptor),
      least_(least),
      format_(format),
      thread_(startWorkerThread("waybill-log", [this] { run(); })) {}

LogWriter::~LogWriter() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    stirred_.notify_one();
    thread_.join();
}

void LogWriter::line(LogLevel level, std::string_view message,
                     const std::vector<LogField>& fields) {
    if (!wants(level)) return;
    const std::string text = formatLogLine(format_, now(), level, message, fields);
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        was_empty = waiting_.empty();
        if (waiting_.size() + text.size() > kMostWaiting)
            ++dropped_;
        else
            waiting_ += text;
    }
    if (was_empty) stirred_.notify_one();
}

void LogWriter::problem(Component component, std::string_view message,
                        const std::vector<LogField>& fields) {
    problems_[static_cast<std::size_t>(component)].fetch_add(1, std::memory_order_relaxed);
    line(LogLevel::kError, message, fields);
}

ProblemReport LogWriter::reportOf(Component component) {
    return [this, component](const std::string& message) { problem(component, message); };
}

std::uint64_t LogWriter::problems(Component component) const {
    return problems_[static_cast<std::size_t>(component)].load(std::memory_order_relaxed);
}

void LogWriter::run() {
    bool goes_on = true;
    // Lines are lost, for want of memory: there may be none to say so either, but it is counted.
    while (goes_on)
        contained(reportOf(Component::kLog), "lines of this log are lost",
                  [&] { goes_on = writeWaiting(); });
}

/// Waits for lines and writes them. False: that was all there will be.
bool LogWriter::writeWaiting() {
    std::unique_lock lock(mutex_);
    stirred_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return false;
    std::string text = std::exchange(waiting_, {});
    if (const std::uint64_t dropped = std::exchange(dropped_, 0); dropped > 0)
        text += formatLogLine(format_, now(), LogLevel::kWarn, "log lines dropped",
                              {{"lines", dropped}});
    lock.unlock();
    const bool written = writeAll(text);
    lock.lock();
    return written || !ending_;
}

/// False when the descriptor takes nothing more.
bool LogWriter::writeAll(std::string_view text) {
    std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
    while (!text.empty()) {
        pollfd entry{descriptor_, POLLOUT, 0};
        const int ready = ::poll(&entry, 1, 100);
        if (ready > 0) {
            // A pipe that poll(2) calls writable takes a page without blocking.
            const ssize_t written =
                ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), 4096));
            if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
            text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
            continue;
        }
        const std::lock_guard lock(mutex_);
        const auto clock = std::chrono::steady_clock::now();
        if (!ending_) continue;
        if (give_up == std::chrono::steady_clock::time_point::max()) give_up = clock + kLastWords;
        if (clock > give_up) return false;
    }
    return true;
}

}  // namespace waybill::server
