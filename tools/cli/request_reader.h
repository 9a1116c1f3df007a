// HTTP/1.1 requests out of the bytes of a connection, as far as a receiver for trials needs them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::cli {

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool whole = true;    ///< false: the body is larger than the limit, and left out
    bool closes = false;  ///< nothing follows on this connection
};

/// Reads one request after the other (RFC 9112: a length or chunks). What comes before the present
/// one is answered is kept for the next. One thread.
class RequestReader {
public:
    struct Limits {
        std::size_t max_head_bytes = 64 * 1024;
        /// What is larger is read all the same, and dropped: a sender that is cut off in the middle
        /// of its body would not see the answer.
        std::size_t max_body_bytes = 64 * 1024 * 1024;
    };
    enum class State { kHead, kBody, kChunkSize, kChunk, kTrailer, kWhole, kBroken };

    explicit RequestReader(Limits limits) : limits_(limits) {}

    void take(std::string_view bytes);
    State state() const { return state_; }

    /// Once for each request: whether its client waits for leave to send the body (RFC 9110 section
    /// 10.1.1).
    bool wantsContinue() { return std::exchange(wants_continue_, false); }

    ReceivedRequest takeRequest() { return std::move(request_); }

    /// Goes on to the request behind the present one.
    void next();

private:
    void advance();
    bool readHead();
    bool parseHead(std::string_view head);
    bool readBody();
    bool readChunkSize();
    bool readChunk();
    bool readTrailer();
    bool readLine(std::string_view& line);
    void takeBody();
    bool fail();

    Limits limits_;
    State state_ = State::kHead;
    std::string received_;
    std::size_t at_ = 0;      ///< what is before it has been read
    std::uint64_t left_ = 0;  ///< of the body, or of the chunk
    bool wants_continue_ = false;
    ReceivedRequest request_;
};

}  // namespace waybill::cli
