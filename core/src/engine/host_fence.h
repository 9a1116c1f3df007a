// Where the engine calls the host's code, and where callers get their answers.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/limited_report.h"
#include "waybill/clock.h"
#include "waybill/entropy.h"
#include "waybill/result.h"
#include "waybill/worker_thread.h"

namespace waybill {

/// The one fence around a host's code: replies, hooks and ports. What it throws is counted, told as
/// the host's, and goes no further. Any thread.
class HostFence {
public:
    explicit HostFence(ProblemReport report) : report_(limitedReport(std::move(report))) {}

    /// False when `step` threw. `what` names the piece: `reply`, `on_event` …
    template <typename Step>
    bool call(std::string_view what, Step&& step) noexcept {
        try {
            step();
            return true;
        } catch (...) {
            exceptions_.fetch_add(1, std::memory_order_relaxed);
            contained(nullptr, "",
                      [&] { reportCurrent(report_, "the host's " + std::string(what)); });
            return false;
        }
    }

    std::uint64_t exceptions() const noexcept {
        return exceptions_.load(std::memory_order_relaxed);
    }

    /// For what is not the host's: passed on at most once a second for each cause.
    const ProblemReport& report() const noexcept { return report_; }
    void problem(const std::string& cause, const std::string& text) const noexcept {
        contained(nullptr, "", [&] {
            if (report_) report_(cause + ": " + text);
        });
    }

    /// What a caller gets whose command was dropped unanswered.
    Refusal unavailable() const;
    void setProblem(const std::string& problem) noexcept;

private:
    const ProblemReport report_;
    std::atomic<std::uint64_t> exceptions_ = 0;
    mutable std::mutex mutex_;
    std::string problem_;
};

/// The answer that a caller waits for. It is given exactly once: by `give`, or, when it is
/// destroyed without, as `kUnavailable`. So a command can be dropped anywhere, and nobody waits for
/// ever.
template <typename T>
class ReplyOnce {
public:
    ReplyOnce() = default;
    template <std::invocable<Result<T>> Give>
    ReplyOnce(Give give) : give_(std::move(give)) {}  // NOLINT(google-explicit-constructor)
    ReplyOnce(ReplyOnce&& other) noexcept
        : give_(std::exchange(other.give_, nullptr)), fence_(std::move(other.fence_)) {}
    ReplyOnce& operator=(ReplyOnce&& other) noexcept {
        if (this == &other) return *this;
        drop();
        give_ = std::exchange(other.give_, nullptr);
        fence_ = std::move(other.fence_);
        return *this;
    }
    ~ReplyOnce() { drop(); }

    void through(std::shared_ptr<HostFence> fence) { fence_ = std::move(fence); }

    void give(Result<T> result) noexcept {
        const auto give = std::exchange(give_, nullptr);
        if (!give) return;
        const auto step = [&] { give(std::move(result)); };
        fence_ ? fence_->call("reply", step) : contained(nullptr, "", step);
    }

private:
    void drop() noexcept {
        if (!give_) return;
        try {
            give(fence_ ? fence_->unavailable()
                        : Refusal{RefusalCode::kUnavailable, "the engine stopped before that", {}});
        } catch (...) {  // There is no memory for the sentence.
            give(Refusal{RefusalCode::kUnavailable, {}, {}});
        }
    }

    std::function<void(Result<T>)> give_;
    std::shared_ptr<HostFence> fence_;
};

/// A host's clock; when it throws, the time goes on from its last answer as the system counts it.
class FencedClock : public Clock {
public:
    FencedClock(Clock& clock, std::shared_ptr<HostFence> fence)
        : clock_(clock), fence_(std::move(fence)) {}
    Instant now() override;

private:
    Clock& clock_;
    const std::shared_ptr<HostFence> fence_;
    std::mutex mutex_;
    Instant last_{};
    MonotonicTime last_by_system_{};
};

/// A host's entropy; when it throws, the system's.
class FencedEntropy : public Entropy {
public:
    FencedEntropy(Entropy& entropy, std::shared_ptr<HostFence> fence)
        : entropy_(entropy), fence_(std::move(fence)) {}
    void fill(std::span<std::uint8_t> out) override;

private:
    Entropy& entropy_;
    const std::shared_ptr<HostFence> fence_;
};

}  // namespace waybill
