#include "bench/stream_upstream.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include "bench/bare_client.h"
#include "bench/system_failure.h"
#include "waybill/worker_thread.h"

namespace waybill::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenEvents = std::chrono::seconds(1);
constexpr int kTokensAtOnce = 40;

std::string chunk(std::string_view data) {
    char size[16];
    std::string text(size, std::to_chars(size, size + sizeof size, data.size(), 16).ptr);
    return text.append("\r\n").append(data).append("\r\n");
}

std::string event(const std::string& id, std::string_view delta, std::string_view finish_reason) {
    std::string data = R"(data: {"id":")" + id +
                       R"(","object":"chat.completion.chunk","created":1,"model":"m",)"
                       R"("choices":[{"index":0,"delta":)";
    data.append(delta).append(R"(,"finish_reason":)").append(finish_reason).append("}]}\n\n");
    return chunk(data);
}

std::string beginningOf(const std::string& id) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           event(id, R"({"role":"assistant","content":"token "})", "null");
}

std::string endOf(const std::string& id) {
    return event(id, "{}", R"("stop")") + chunk("data: [DONE]\n\n") + "0\r\n\r\n";
}

void sendText(int connection, const std::string& text) {
    send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

void watch(int epoll, int descriptor) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = descriptor;
    require(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &wanted), "epoll_ctl");
}

/// Whether head and body, by Content-Length, are there.
bool isWhole(std::string_view request) {
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t head_end = request.find("\r\n\r\n");
    const std::size_t header = request.find(kLength);
    if (head_end == std::string_view::npos || header > head_end) return false;
    std::size_t body = 0;
    std::from_chars(request.data() + header + kLength.size(), request.data() + head_end, body);
    return request.size() >= head_end + 4 + body;
}

}  // namespace

StreamUpstream::StreamUpstream(Kind kind)
    : kind_(kind),
      listener_(require(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")),
      epoll_(require(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      alarm_(require(eventfd(0, EFD_CLOEXEC), "eventfd")) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    require(listen(listener_, SOMAXCONN), "listen");
    socklen_t length = sizeof address;
    require(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
    port_ = ntohs(address.sin_port);
    watch(epoll_, listener_);
    watch(epoll_, alarm_);
    thread_ = startWorkerThread("bench-upstream", [this] { run(); });
}

StreamUpstream::~StreamUpstream() {
    eventfd_write(alarm_, 1);
    thread_.join();
    for (const auto& [connection, call] : calls_) {
        if (kind_ == Kind::kLong) sendText(connection, endOf(call.id));
        close(connection);
    }
    for (const int descriptor : {listener_, epoll_, alarm_})
        close(descriptor);
}

void StreamUpstream::run() {
    auto next = Clock::now() + kBetweenEvents;
    for (;;) {
        std::array<epoll_event, 64> events;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                     std::max(0, static_cast<int>(left.count())));
        for (int i = 0; i < count; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == alarm_) return;
            descriptor == listener_ ? accept() : read(descriptor);
        }
        if (Clock::now() < next) continue;
        next += kBetweenEvents;
        sendEvents();
    }
}

void StreamUpstream::accept() {
    const int connection = require(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), "accept4");
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    calls_[connection];
    watch(epoll_, connection);
}

void StreamUpstream::read(int connection) {
    char bytes[4096];
    const ssize_t got = recv(connection, bytes, sizeof bytes, 0);
    if (got <= 0) {
        calls_.erase(connection);
        close(connection);
        return;
    }
    Call& call = calls_[connection];
    call.request.append(bytes, static_cast<std::size_t>(got));
    if (!isWhole(call.request)) return;
    call.request.clear();
    call.id = "chatcmpl-" + std::to_string(++answered_);
    sendText(connection, beginningOf(call.id));
    if (kind_ == Kind::kShort) sendText(connection, endOf(call.id));
}

void StreamUpstream::sendEvents() {
    if (kind_ != Kind::kLong) return;
    static const std::string kDelta = [] {
        std::string text = R"({"content":")";
        for (int token = 0; token < kTokensAtOnce; ++token)
            text += "token ";
        return text + R"("})";
    }();
    for (const auto& [connection, call] : calls_) {
        if (!call.id.empty()) sendText(connection, event(call.id, kDelta, "null"));
    }
}

std::string streamRequest(std::uint16_t port) {
    return postRequest(
        port, "/v1/chat/completions",
        R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})");
}

}  // namespace waybill::bench
