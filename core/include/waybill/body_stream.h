// A request body that is sent while it is made.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "waybill/time.h"

namespace waybill {

/// Carries a request's body from the one thread that makes it to a transport. Holds about
/// `window_bytes` at most: a maker that is faster than the receiver waits until there is room.
///
/// Put it into `AttemptRequest::body_stream`. A maker that cannot go on stops the exchange
/// (`AnswerStream::stop`): a body that is never finished is never taken for a whole one.
class BodyStream {
public:
    enum class Write { kTaken, kFull, kClosed };

    /// `length`: of the whole body, sent as `Content-Length`; without it the body is sent in chunks
    /// (RFC 9112 section 7.1). The transport ends an exchange whose body is not as long as it says.
    explicit BodyStream(std::optional<std::uint64_t> length, std::size_t window_bytes = 256 * 1024)
        : length_(length), window_bytes_(window_bytes) {}

    const std::optional<std::uint64_t>& length() const { return length_; }

    /// Takes all of `bytes` or, when there is no room by `until`, nothing (`kFull`). `kClosed`: the
    /// exchange takes no more, and its answer says why.
    Write write(std::string_view bytes, MonotonicTime until);

    /// The body is whole.
    void finish();

    // The transport's side.

    /// `stir` is called, from any thread, when there is more to take; until `close`.
    void attach(std::function<void()> stir);

    /// What waits; empty: nothing does. `last`: nothing will come after it.
    std::string take(bool& last);

    /// No more is taken.
    void close();

private:
    const std::optional<std::uint64_t> length_;
    const std::size_t window_bytes_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::function<void()> stir_;
    std::string waiting_;
    bool finished_ = false;
    bool closed_ = false;
};

}  // namespace waybill
