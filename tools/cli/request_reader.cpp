#include "cli/request_reader.h"

#include <Poco/String.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace waybill::cli {
namespace {

constexpr std::size_t kMaxLine = 16 * 1024;  // of a chunk's size, or a trailer's field

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Whether a list with commas (RFC 9110 section 5.6.1) has this entry, in any case.
bool lists(std::string_view list, std::string_view entry) {
    while (!list.empty()) {
        const std::string_view next = list.substr(0, list.find(','));
        list.remove_prefix(std::min(next.size() + 1, list.size()));
        if (Poco::icompare(std::string(trimmed(next)), std::string(entry)) == 0) return true;
    }
    return false;
}

std::optional<std::uint64_t> numberIn(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto [stopped, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

void RequestReader::take(std::string_view bytes) {
    received_.erase(0, std::exchange(at_, 0));
    received_ += bytes;
    advance();
}

void RequestReader::next() {
    request_ = {};
    wants_continue_ = false;
    if (state_ == State::kBroken) return;
    state_ = State::kHead;
    advance();
}

/// As far as what has come goes.
void RequestReader::advance() {
    bool more = true;
    while (more) {
        switch (state_) {
            case State::kHead:
                more = readHead();
                break;
            case State::kBody:
                more = readBody();
                break;
            case State::kChunkSize:
                more = readChunkSize();
                break;
            case State::kChunk:
                more = readChunk();
                break;
            case State::kTrailer:
                more = readTrailer();
                break;
            case State::kWhole:
            case State::kBroken:
                more = false;
                break;
        }
    }
}

bool RequestReader::fail() {
    state_ = State::kBroken;
    return false;
}

bool RequestReader::readHead() {
    while (received_.compare(at_, 2, "\r\n") == 0)  // RFC 9112 section 2.2
        at_ += 2;
    const std::size_t end = received_.find("\r\n\r\n", at_);
    if (end == std::string::npos) return received_.size() - at_ > limits_.max_head_bytes && fail();
    const std::string_view head = std::string_view(received_).substr(at_, end - at_);
    if (head.size() > limits_.max_head_bytes || !parseHead(head)) return fail();
    at_ = end + 4;
    return true;
}

bool RequestReader::parseHead(std::string_view head) {
    const std::string_view first = head.substr(0, head.find("\r\n"));
    const std::size_t method_end = first.find(' ');
    const std::size_t target_end = first.rfind(' ');
    if (method_end == std::string_view::npos || target_end <= method_end) return false;
    const std::string_view version = first.substr(target_end + 1);
    if (!version.starts_with("HTTP/1.")) return false;
    request_.method = first.substr(0, method_end);
    request_.target = first.substr(method_end + 1, target_end - method_end - 1);
    request_.closes = version == "HTTP/1.0";

    state_ = State::kWhole;
    head.remove_prefix(std::min(first.size() + 2, head.size()));
    while (!head.empty()) {
        const std::string_view field = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(field.size() + 2, head.size()));
        const std::size_t colon = field.find(':');
        if (colon == std::string_view::npos || colon == 0) return false;
        std::string name(field.substr(0, colon));
        std::string value(trimmed(field.substr(colon + 1)));
        if (Poco::icompare(name, "Content-Length") == 0) {
            const auto length = numberIn(value, 10);
            if (!length) return false;
            left_ = *length;
            if (state_ == State::kWhole && left_ > 0) state_ = State::kBody;
        } else if (Poco::icompare(name, "Transfer-Encoding") == 0) {
            if (Poco::icompare(value, "chunked") != 0) return false;
            state_ = State::kChunkSize;
        } else if (Poco::icompare(name, "Connection") == 0) {
            request_.closes = request_.closes || lists(value, "close");
        } else if (Poco::icompare(name, "Expect") == 0) {
            wants_continue_ = Poco::icompare(value, "100-continue") == 0;
        }
        request_.headers.emplace_back(std::move(name), std::move(value));
    }
    return true;
}

/// Of what has come, as much as belongs here.
void RequestReader::takeBody() {
    const std::size_t bytes =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, received_.size() - at_));
    if (request_.whole && request_.body.size() + bytes > limits_.max_body_bytes) {
        request_.whole = false;
        request_.body = {};
    }
    if (request_.whole) request_.body.append(received_, at_, bytes);
    at_ += bytes;
    left_ -= bytes;
}

bool RequestReader::readBody() {
    takeBody();
    if (left_ > 0) return false;
    state_ = State::kWhole;
    return true;
}

/// False: the end of the line has not come yet.
bool RequestReader::readLine(std::string_view& line) {
    const std::size_t end = received_.find("\r\n", at_);
    if (end == std::string::npos) return received_.size() - at_ > kMaxLine && fail();
    line = std::string_view(received_).substr(at_, end - at_);
    at_ = end + 2;
    return true;
}

bool RequestReader::readChunkSize() {
    std::string_view line;
    if (!readLine(line)) return false;
    const auto size = numberIn(trimmed(line.substr(0, line.find(';'))), 16);
    if (!size) return fail();
    left_ = *size;
    state_ = left_ == 0 ? State::kTrailer : State::kChunk;
    return true;
}

bool RequestReader::readChunk() {
    takeBody();
    if (left_ > 0 || received_.size() - at_ < 2) return false;
    if (received_.compare(at_, 2, "\r\n") != 0) return fail();
    at_ += 2;
    state_ = State::kChunkSize;
    return true;
}

bool RequestReader::readTrailer() {
    std::string_view line;
    if (!readLine(line)) return false;
    if (line.empty()) state_ = State::kWhole;
    return true;
}

}  // namespace waybill::cli
