#include "support/raw_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace waybill::test {
namespace {

constexpr int kSeconds = 5;

/// The `Content-Length` in a head; 0 where there is none.
std::size_t lengthIn(std::string_view head) {
    std::string lower(head);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t at = lower.find("\r\ncontent-length: ");
    return at == std::string::npos ? 0 : std::strtoull(lower.c_str() + at + 18, nullptr, 10);
}

}  // namespace

RawClient::RawClient(std::uint16_t port, const std::string& from) {
    const Poco::Net::SocketAddress here(from, 0);
    const Poco::Net::SocketAddress there("127.0.0.1", port);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socket_ = Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(descriptor));
    if (::bind(descriptor, here.addr(), here.length()) != 0 ||
        ::connect(descriptor, there.addr(), there.length()) != 0)
        throw Poco::IOException("no connection from " + from, errno);
    socket_.setReceiveTimeout(Poco::Timespan(kSeconds, 0));
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty())
        bytes.remove_prefix(static_cast<std::size_t>(
            socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()))));
}

bool RawClient::readSome() {
    char chunk[65536];
    try {
        const int got = socket_.receiveBytes(chunk, sizeof chunk);
        buffer_.append(chunk, static_cast<std::size_t>(std::max(got, 0)));
        return got > 0;
    } catch (const Poco::Exception&) {
        return false;
    }
}

std::string RawClient::readAnswer(bool with_body) {
    std::size_t end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos && readSome())
        end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return std::exchange(buffer_, {});
    const std::size_t length = end + 4 + (with_body ? lengthIn(buffer_.substr(0, end)) : 0);
    while (buffer_.size() < length && readSome()) {
    }
    std::string answer = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
}

std::string RawClient::readUntil(std::string_view mark) {
    while (buffer_.find(mark) == std::string::npos && readSome()) {
    }
    const std::size_t at = buffer_.find(mark);
    if (at == std::string::npos) return std::exchange(buffer_, {});
    std::string text = buffer_.substr(0, at + mark.size());
    buffer_.erase(0, text.size());
    return text;
}

std::string RawClient::readToEnd() {
    while (readSome()) {
    }
    return std::exchange(buffer_, {});
}

bool RawClient::ended() {
    char byte = 0;
    try {
        return socket_.receiveBytes(&byte, 1) == 0;
    } catch (const Poco::TimeoutException&) {
        return false;
    } catch (const Poco::Exception&) {
        return true;
    }
}

std::string exchange(std::uint16_t port, std::string_view bytes) {
    RawClient client(port);
    client.send(bytes);
    return client.readAnswer();
}

int statusIn(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::atoi(answer.data() + 9) : 0;
}

std::string bodyIn(std::string_view answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string_view::npos ? "" : std::string(answer.substr(end + 4));
}

}  // namespace waybill::test
