// One response, from bytes as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/chunked_body.h"
#include "http/response_head.h"
#include "waybill/byte_budget.h"

namespace waybill::http {

/// How much of a response is read and kept.
struct ResponseLimits {
    std::size_t head_bytes = 64 * 1024;       ///< with all interim responses before the final one
    std::size_t kept_body_bytes = 64 * 1024;  ///< at a time, where it is taken while it comes
    std::size_t body_bytes = 1024 * 1024;     ///< as they come, chunk sizes included
};

/// A strict incremental reader of the response to any request but CONNECT (RFC 9112). Pure: fed
/// bytes, cut anywhere, it ends in the same state. Interim responses (1xx) are skipped and bounded.
///
/// Once a head is in, its status stands whatever the body does: a body that is malformed, cut short
/// or too long only makes the response `truncated` and its connection not reusable.
class ResponseReader {
public:
    enum class State { kHead, kBody, kComplete, kMalformed };

    /// `limits` must outlive it. What is kept counts against `memory`, if that is given: without
    /// room in there less is kept, and all is read and understood as ever.
    explicit ResponseReader(const ResponseLimits& limits,
                            std::shared_ptr<ByteBudget> memory = nullptr)
        : limits_(&limits) {
        held_.memory = std::move(memory);
    }

    /// The request was a HEAD, whose response ends with its head.
    void expectNoBody() { no_body_ = true; }

    /// Returns how many bytes it took: all of them, unless the response ended before.
    std::size_t feed(std::string_view bytes);

    /// The sender will send no more. `clean` is false when that may not have been its wish (a TLS
    /// stream that ends without saying so).
    void endOfStream(bool clean);

    State state() const { return state_; }
    bool headComplete() const { return state_ == State::kBody || state_ == State::kComplete; }
    bool finished() const { return state_ == State::kComplete || state_ == State::kMalformed; }
    bool anyByteSeen() const { return head_bytes_ > 0; }

    /// In words what is wrong with a malformed one: `a header line without a colon`.
    const char* problem() const { return problem_; }

    /// Of the final response; meaningful once headComplete().
    const ResponseHead& head() const { return parser_.head(); }

    /// Not all of it was read or kept; its head may be what is cut short.
    bool truncated() const { return truncated_ || (anyByteSeen() && state_ != State::kComplete); }

    /// The connection may carry another request.
    bool reusable() const;

    /// Status line and header lines as received, without the empty line; what there is of them in
    /// a malformed one.
    std::string takeHeadText() { return std::move(head_text_); }
    const std::string& headText() const { return head_text_; }

    /// What is kept of the body and was not taken yet.
    std::string takeBody() { return std::exchange(body_, {}); }

    /// Whose last copy counts what was kept; null when nothing is counted. Throws std::bad_alloc.
    std::shared_ptr<const void> takeHeld();

private:
    enum class Framing { kNone, kLength, kChunked, kUntilClose };

    std::size_t step(std::string_view bytes);
    std::size_t takeHead(std::string_view bytes);
    void finishHeadLine(std::string_view line);
    void finishHead();
    void skipInterimHead();
    std::size_t takeBodyBytes(std::string_view bytes);
    void keep(std::string_view content);
    bool hold(std::size_t bytes);
    std::size_t room() const;
    void cutShort();
    void malformed(const char* problem);

    const ResponseLimits* limits_;
    State state_ = State::kHead;
    Framing framing_ = Framing::kNone;
    bool no_body_ = false;
    bool sloppy_ = false;  ///< not malformed, but nothing to build another request on
    bool truncated_ = false;
    std::uint8_t interim_heads_ = 0;
    const char* problem_ = "";
    std::size_t head_bytes_ = 0;
    std::size_t line_begin_ = 0;  ///< in head_text_
    std::size_t body_bytes_ = 0;
    std::uint64_t remaining_ = 0;  ///< of a body with a length
    ResponseHeadParser parser_;
    ChunkedBody chunks_;
    std::string head_text_;
    std::string body_;
    struct Held {
        std::shared_ptr<ByteBudget> memory;
        ByteBudget::Share share;  ///< gone before `memory`
    } held_;
    bool head_cut_ = false;  ///< no more of it is kept than the line that is read
};

}  // namespace waybill::http
