#include "bench/bare_client.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <limits>

#include "bench/loopback.h"
#include "bench/payload.h"
#include "bench/system_failure.h"

namespace waybill::bench {

namespace {

constexpr int kBareEventsAtOnce = 256;
constexpr std::uint32_t kAlarm = std::numeric_limits<std::uint32_t>::max();

void watch(int epoll, int descriptor, std::uint32_t name) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = name;
    require(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

/// The bytes of the answer in `text`, or 0 while it is not whole.
std::size_t wholeAnswer(std::string_view text) {
    constexpr std::string_view kLengthHeader = "Content-Length: ";
    const std::size_t head_end = text.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return 0;
    std::size_t body = 0;
    const std::size_t header = text.find(kLengthHeader);
    if (header < head_end) {
        std::from_chars(text.data() + header + kLengthHeader.size(), text.data() + head_end, body);
    }
    const std::size_t whole = head_end + 4 + body;
    return text.size() < whole ? 0 : whole;
}

}  // namespace

BareClient::BareClient(std::uint16_t port, std::size_t connections)
    : epoll_(require(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      alarm_(require(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      connections_(connections) {
    watch(epoll_, alarm_, kAlarm);
    for (std::size_t i = 0; i < connections; ++i) {
        connections_[i].socket = connectToLoopback(port);
        idle_.push_back(static_cast<std::uint32_t>(i));
        watch(epoll_, connections_[i].socket, idle_.back());
    }
}

BareClient::~BareClient() {
    for (const Connection& connection : connections_)
        close(connection.socket);
    close(alarm_);
    close(epoll_);
}

void BareClient::send(std::string_view request) {
    const int socket = connections_[idle_.back()].socket;
    const ssize_t sent =
        require(::send(socket, request.data(), request.size(), MSG_NOSIGNAL), "send");
    if (static_cast<std::size_t>(sent) != request.size()) {
        throw Poco::RuntimeException("a request does not fit the socket's buffer");
    }
    idle_.pop_back();
}

std::size_t BareClient::receive(std::chrono::milliseconds timeout) {
    epoll_event events[kBareEventsAtOnce];
    const int count =
        epoll_wait(epoll_, events, kBareEventsAtOnce, static_cast<int>(timeout.count()));
    std::size_t answers = 0;
    for (int i = 0; i < count; ++i) {
        if (events[i].data.u32 == kAlarm) {
            eventfd_t ignored = 0;
            eventfd_read(alarm_, &ignored);
            continue;
        }
        if (!answered(connections_[events[i].data.u32])) continue;
        idle_.push_back(events[i].data.u32);
        ++answers;
    }
    return answers;
}

void BareClient::wake() {
    eventfd_write(alarm_, 1);
}

bool BareClient::answered(Connection& connection) {
    char bytes[16 * 1024];
    const ssize_t count = require(recv(connection.socket, bytes, sizeof bytes, 0), "recv");
    if (count == 0) throw Poco::RuntimeException("the receiver closed a connection");
    const std::string_view fresh(bytes, static_cast<std::size_t>(count));
    const bool whole_at_once = connection.received.empty() && wholeAnswer(fresh) == fresh.size();
    if (!whole_at_once) {
        connection.received += fresh;
        if (wholeAnswer(connection.received) == 0) return false;
    }
    const std::string_view answer = whole_at_once ? fresh : connection.received;
    if (!answer.starts_with("HTTP/1.1 2")) {
        throw Poco::RuntimeException("an unexpected answer: " +
                                     std::string(answer.substr(0, answer.find("\r\n"))));
    }
    connection.received.clear();
    return true;
}

std::string postRequest(std::uint16_t port, std::string_view target, std::string_view body) {
    std::string request = "POST ";
    request += target;
    request += " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port);
    request +=
        "\r\nContent-Type: application/json\r\nUser-Agent: Waybill/0.1.0\r\n"
        "webhook-id: dlv_01jd0000000000000000000000\r\nwebhook-timestamp: 1790000000\r\n"
        "waybill-attempt: 1\r\nContent-Length: ";
    request += std::to_string(body.size());
    request += "\r\n\r\n";
    request += body;
    return request;
}

BareContender::BareContender(std::uint16_t port, std::size_t connections, std::size_t payload_bytes)
    : client_(port, connections),
      request_(postRequest(port, "/hook", makePayload(payload_bytes, {}))) {}

Load BareContender::run(std::chrono::nanoseconds duration) {
    constexpr std::chrono::milliseconds kTurn(100);
    std::uint64_t done = 0;
    MeasuredSpan span(duration);
    while (span.goesOn(done)) {
        while (client_.idle())
            client_.send(request_);
        done += client_.receive(kTurn);
    }
    while (client_.busy())
        client_.receive(kTurn);
    return span.load();
}

}  // namespace waybill::bench
