// An answer that is read while it comes.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "waybill/transport.h"

namespace waybill {

/// Carries an answer from a transport to the one thread that reads it. Holds about `window_bytes`
/// at most: a reader that is slower than the sender makes the transport stop reading until there is
/// room again.
///
/// Put it into `AttemptRequest::stream` and hand the outcome over from `done`:
/// `transport.send(request, [stream](AttemptOutcome outcome) { stream->end(std::move(outcome));
/// })`.
class AnswerStream {
public:
    enum class Read { kHead, kBody, kEnd, kNotYet };
    enum class Signal { kGoOn, kStop };

    explicit AnswerStream(std::size_t window_bytes = 256 * 1024) : window_bytes_(window_bytes) {}

    /// The head first (`kHead`), then what has come of the body (`kBody`: appended to `bytes`),
    /// then `kEnd`. Waits until `until` for the next of them.
    Read read(std::string& bytes, MonotonicTime until);

    /// Once `kHead` was read.
    int status() const { return status_; }

    /// Status line and header lines. Once `kHead` was read.
    const std::string& head() const { return head_; }

    /// Once `kEnd` was read; without head and body.
    const AttemptOutcome& outcome() const { return *outcome_; }

    /// Ends the exchange; the reader gets `kEnd` soon. Any thread.
    void stop();

    // The transport's side.

    /// `control` may be called from any thread until `end`. False: it was stopped already.
    bool attach(std::function<void(Signal)> control);
    void headCame(int status, std::string head);

    /// False: no more until the signal `kGoOn`.
    bool bodyCame(std::string bytes);

    void end(AttemptOutcome outcome);

private:
    const std::size_t window_bytes_;
    std::mutex mutex_;
    std::condition_variable stirred_;
    std::function<void(Signal)> control_;
    bool stopped_ = false;
    bool head_came_ = false;
    bool head_read_ = false;
    bool full_ = false;
    int status_ = 0;
    std::string head_;
    std::string waiting_;
    std::optional<AttemptOutcome> outcome_;
};

}  // namespace waybill
