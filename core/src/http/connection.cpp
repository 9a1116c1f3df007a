#include "http/connection.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

namespace waybill::http {
namespace {

constexpr std::size_t kTlsRecordBytes = 16 * 1024;

// `left` and then `right`, without their first `offset` bytes, as far as `room` reaches.
std::string_view gather(std::string_view left, std::string_view right, std::size_t offset,
                        std::span<char> room) {
    const std::size_t from_left = std::min(left.size() - offset, room.size());
    const std::size_t from_right = std::min(right.size(), room.size() - from_left);
    std::memcpy(room.data(), left.data() + offset, from_left);
    std::memcpy(room.data() + from_left, right.data(), from_right);
    return {room.data(), from_left + from_right};
}

std::string bracketedAddress(const IpAddress& address) {
    return address.is_v4 ? toString(address) : "[" + toString(address) + "]";
}

}  // namespace

void Connection::startTls(TlsContext& context) {
    const std::string session_key = origin_.host + ":" + std::to_string(origin_.port);
    tls_ = std::make_unique<TlsStream>(context, fd(), origin_.host, origin_.host_is_address,
                                       session_key);
}

IoResult Connection::send(std::string_view head, std::string_view body, std::size_t offset,
                          std::span<char> scratch) {
    if (offset >= head.size()) {
        const std::string_view rest = body.substr(offset - head.size());
        return tls_ ? tls_->send(rest) : socket_.send(rest, {});
    }
    if (!tls_) return socket_.send(head.substr(offset), body);
    const std::string_view record =
        gather(head, body, offset, scratch.subspan(0, std::min(scratch.size(), kTlsRecordBytes)));
    const IoResult result = tls_->send(record);
    OPENSSL_cleanse(scratch.data(), record.size());  // the head holds the receiver's token
    return result;
}

IoResult Connection::receive(std::span<char> buffer) {
    return tls_ ? tls_->receive(buffer) : socket_.receive(buffer);
}

bool Connection::quiet() {
    char byte;
    return receive({&byte, 1}).status == IoResult::Status::kWouldBlock;
}

void Connection::close() {
    tls_.reset();
    socket_.close();
}

void Connection::abandon() {
    tls_.reset();
    socket_.abandon();
}

std::string Connection::remoteAddress() const {
    return bracketedAddress(origin_.address) + ":" + std::to_string(origin_.port);
}

}  // namespace waybill::http
