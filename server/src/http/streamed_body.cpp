#include "http/streamed_body.h"

#include <algorithm>
#include <charconv>

namespace waybill::server {
namespace {

// A chunk up to this size leaves in one write together with its frame.
constexpr std::size_t kJoinedBytes = 64 * 1024;

void appendHex(std::string& text, std::size_t number) {
    char digits[16];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr);
}

}  // namespace

bool StreamedBody::send(std::string_view bytes) {
    if (gone_) return false;
    const auto pace = std::max<std::size_t>(options_.slowest_bytes_per_second, 1);
    const Deadline deadline = std::chrono::steady_clock::now() + options_.write_timeout +
                              std::chrono::seconds(bytes.size() / pace);
    gone_ = channel_.write(bytes, deadline) != Channel::Status::kOk;
    return !gone_;
}

bool StreamedBody::write(std::string_view bytes) {
    // An empty chunk would be the end.
    if (bytes.empty() || !chunked_) return send(bytes);
    chunk_.clear();
    appendHex(chunk_, bytes.size());
    chunk_.append("\r\n");
    if (bytes.size() > kJoinedBytes) return send(chunk_) && send(bytes) && send("\r\n");
    return send(chunk_.append(bytes).append("\r\n"));
}

bool StreamedBody::clientGone() {
    gone_ = gone_ || channel_.closedByPeer();
    return gone_;
}

bool StreamedBody::finish() {
    return chunked_ ? send("0\r\n\r\n") : !gone_;
}

}  // namespace waybill::server
