#include "http/response_reader.h"

#include <algorithm>

namespace waybill::http {
namespace {

constexpr std::uint8_t kMaxInterimHeads = 16;

bool isInterim(int status) {
    return status < 200;
}

bool hasNoBody(int status) {
    return status == 204 || status == 304;
}

}  // namespace

std::size_t ResponseReader::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !finished())
        used += step(bytes.substr(used));
    return used;
}

void ResponseReader::endOfStream(bool clean) {
    if (state_ == State::kHead) {
        malformed("the connection was closed within its head");
    } else if (state_ == State::kBody) {
        if (framing_ == Framing::kUntilClose && clean) {
            state_ = State::kComplete;
        } else {
            cutShort();
        }
    }
}

bool ResponseReader::reusable() const {
    return state_ == State::kComplete && !sloppy_ && !head().close && head().minor_version >= 1 &&
           framing_ != Framing::kUntilClose;
}

std::size_t ResponseReader::step(std::string_view bytes) {
    return state_ == State::kHead ? takeHead(bytes) : takeBodyBytes(bytes);
}

std::size_t ResponseReader::takeHead(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    const std::size_t wanted = newline == bytes.npos ? bytes.size() : newline + 1;
    const std::size_t count = std::min(wanted, limits_->head_bytes - head_bytes_);
    head_text_.append(bytes.substr(0, count));
    head_bytes_ += count;
    head_cut_ = head_cut_ || !hold(count);
    if (count < wanted) {
        malformed("a head that is too long");
    } else if (newline != bytes.npos) {
        std::string_view line = std::string_view(head_text_).substr(line_begin_);
        line.remove_suffix(1);
        // A lone LF ends a line too (RFC 9112 section 2.2), but not every reader agrees.
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        } else {
            sloppy_ = true;
        }
        finishHeadLine(line);
        if (head_cut_) {
            truncated_ = true;
            head_text_.resize(std::min(line_begin_, head_text_.size()));
        }
        line_begin_ = head_text_.size();
    }
    return count;
}

void ResponseReader::finishHeadLine(std::string_view line) {
    if (!line.empty()) {
        if (const char* problem = parser_.takeLine(line)) malformed(problem);
    } else if (head().status == 0) {
        malformed("no HTTP/1 answer");
    } else if (isInterim(head().status)) {
        skipInterimHead();
    } else {
        head_text_.resize(line_begin_);
        finishHead();
    }
}

void ResponseReader::skipInterimHead() {
    if (head().status == 101) return malformed("a protocol switch that was not asked for");
    if (++interim_heads_ > kMaxInterimHeads) return malformed("too many interim answers");
    parser_ = {};
    head_text_.clear();
    held_.share.giveBack();
    head_cut_ = false;
}

// Where the body ends: RFC 9112 section 6.3.
void ResponseReader::finishHead() {
    state_ = State::kBody;
    if (no_body_) {
        framing_ = Framing::kNone;
    } else if (hasNoBody(head().status)) {
        framing_ = Framing::kNone;
        // Who announces a body here may well send one.
        sloppy_ = sloppy_ || head().chunked || head().content_length.value_or(0) != 0;
    } else if (head().chunked) {
        framing_ = Framing::kChunked;
        sloppy_ = sloppy_ || head().content_length.has_value() || head().minor_version == 0;
    } else if (head().content_length) {
        framing_ = Framing::kLength;
        remaining_ = *head().content_length;
    } else {
        framing_ = Framing::kUntilClose;
    }
    const bool empty = framing_ == Framing::kLength && remaining_ == 0;
    if (framing_ == Framing::kNone || empty) state_ = State::kComplete;
}

std::size_t ResponseReader::takeBodyBytes(std::string_view bytes) {
    bytes = bytes.substr(0, limits_->body_bytes - body_bytes_);
    if (bytes.empty()) {
        cutShort();
        return 0;
    }
    std::size_t count = bytes.size();
    if (framing_ == Framing::kChunked) {
        const auto [consumed, data] = chunks_.take(bytes);
        count = consumed;
        keep(data);
        if (chunks_.state() == ChunkedBody::State::kMalformed) cutShort();
        if (chunks_.state() == ChunkedBody::State::kComplete) state_ = State::kComplete;
    } else {
        if (framing_ == Framing::kLength) {
            count = static_cast<std::size_t>(std::min<std::uint64_t>(count, remaining_));
            remaining_ -= count;
            if (remaining_ == 0) state_ = State::kComplete;
        }
        keep(bytes.substr(0, count));
    }
    body_bytes_ += count;
    return count;
}

void ResponseReader::keep(std::string_view content) {
    const std::size_t wanted = content.size();
    content = content.substr(0, std::min(limits_->kept_body_bytes - body_.size(), room()));
    if (!hold(content.size())) content = {};  // somebody else was quicker
    if (content.size() < wanted) truncated_ = true;
    body_.append(content);
}

// What is larger than all of the memory is let in where there is nothing else.
std::size_t ResponseReader::room() const {
    if (held_.memory == nullptr) return std::string::npos;
    const std::size_t used = held_.memory->used();
    return held_.memory->limit() - std::min(used, held_.memory->limit());
}

bool ResponseReader::hold(std::size_t bytes) {
    if (held_.memory == nullptr || bytes == 0) return true;
    if (held_.share.bytes() > 0) return held_.share.grow(bytes);
    auto share = held_.memory->tryTake(bytes);
    if (share) held_.share = *std::move(share);
    return share.has_value();
}

std::shared_ptr<const void> ResponseReader::takeHeld() {
    if (held_.share.bytes() == 0) return nullptr;
    return std::make_shared<Held>(std::move(held_));
}

void ResponseReader::cutShort() {
    truncated_ = true;
    sloppy_ = true;
    state_ = State::kComplete;
}

void ResponseReader::malformed(const char* problem) {
    problem_ = problem;
    state_ = State::kMalformed;
}

}  // namespace waybill::http
