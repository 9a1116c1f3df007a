#include "cli/receiver.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/String.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>

#include "cli/request_reader.h"
#include "waybill/clock.h"
#include "waybill/in_words.h"
#include "waybill/worker_thread.h"

namespace waybill::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kBacklog = 4096;
constexpr Duration kIdle = seconds(75);  // of a connection on which nothing comes
constexpr Duration kPauseWithoutDescriptors = milliseconds(100);
constexpr Duration kPauseAfterFault = milliseconds(20);
constexpr std::size_t kReadAtOnce = std::size_t{64} * 1024;

/// A descriptor that is closed with its owner.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {
        if (number < 0) throw Poco::SystemException(std::generic_category().message(errno));
    }
    ~Descriptor() { ::close(number_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    operator int() const { return number_; }  // NOLINT(google-explicit-constructor)

private:
    int number_;
};

/// As many connections as the system lets a process have.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

MonotonicTime monotonicNow() {
    return systemClock().now().monotonic;
}

}  // namespace

std::string ReceivedCallback::header(const std::string& name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
        return Poco::icompare(header.first, name) == 0;
    });
    return found == headers.end() ? "" : found->second;
}

/// One thread has all connections: it reads what has come, and answers each request in its turn.
class Receiver::Impl {
public:
    explicit Impl(ReceiverOptions options)
        : options_(std::move(options)),
          socket_(listenOn(Poco::Net::SocketAddress(options_.host, options_.port))),
          poller_(epoll_create1(EPOLL_CLOEXEC)),
          stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        raiseDescriptorLimit();
        socket_.setBlocking(false);
        watch(stop_, EPOLLIN);
        watch(socket_.impl()->sockfd(), EPOLLIN);
        thread_ = startWorkerThread(
            "waybill-listen", [this] { serve(); }, options_.on_problem);
    }

    ~Impl() {
        eventfd_write(stop_, 1);
        thread_.join();
    }

    std::string url() const { return "http://" + socket_.address().toString(); }

private:
    /// What is known of one connection. It holds at most one request, within `max_body_bytes`, and
    /// one answer.
    struct Connection {
        Connection(int descriptor, const RequestReader::Limits& limits)
            : socket(descriptor), request(limits) {}

        Descriptor socket;
        RequestReader request;
        std::string answer;          ///< what of it has not left yet
        std::uint64_t answered = 0;  ///< the number of the callback that it answers
        bool held = false;           ///< its answer waits for its time
        bool closes = false;         ///< once the answer has left
        std::uint32_t watched = 0;   ///< what the poller tells of it
        MonotonicTime deadline{};    ///< of what it waits for
    };

    /// Not Poco's short way, which lets two of us share a port: each would get some callbacks.
    static Poco::Net::ServerSocket listenOn(const Poco::Net::SocketAddress& address) {
        Poco::Net::ServerSocket socket;
        socket.bind(address, /*reuseAddress=*/true, /*reusePort=*/false);
        socket.listen(kBacklog);
        return socket;
    }

    void watch(int descriptor, std::uint32_t events) {
        epoll_event event{.events = events, .data = {.fd = descriptor}};
        epoll_ctl(poller_, EPOLL_CTL_ADD, descriptor, &event);
    }

    void serve() {
        while (!stopped_)
            if (!contained(options_.on_problem, "receiving", [this] { goRound(); }))
                std::this_thread::sleep_for(kPauseAfterFault);
    }

    void goRound() {
        std::array<epoll_event, 256> events{};
        const int count = epoll_wait(poller_, events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(patience().count()));
        for (int i = 0; i < count; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == stop_) {
                stopped_ = true;
                return;
            }
            if (descriptor == socket_.impl()->sockfd()) {
                acceptAll();
            } else if (const auto found = connections_.find(descriptor);
                       found != connections_.end()) {
                goOnOrEnd(found->second);
            }
        }
        if (accepts_again_at_ && *accepts_again_at_ <= monotonicNow()) acceptAgain();
        passDeadlines();
    }

    /// Until the first of all deadlines.
    milliseconds patience() const {
        MonotonicTime next = monotonicNow() + seconds(1);
        if (accepts_again_at_) next = std::min(next, *accepts_again_at_);
        if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
        return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(next - monotonicNow()));
    }

    void acceptAll() {
        while (true) {
            const int descriptor =
                accept4(socket_.impl()->sockfd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor >= 0) {
                add(descriptor);
            } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                // What comes waits in the system's queue until there are descriptors again.
                epoll_ctl(poller_, EPOLL_CTL_DEL, socket_.impl()->sockfd(), nullptr);
                accepts_again_at_ = monotonicNow() + kPauseWithoutDescriptors;
                return;
            } else if (errno != EINTR && errno != ECONNABORTED) {
                return;
            }
        }
    }

    void acceptAgain() {
        accepts_again_at_.reset();
        watch(socket_.impl()->sockfd(), EPOLLIN);
    }

    void add(int descriptor) {
        const RequestReader::Limits limits{.max_body_bytes = options_.max_body_bytes};
        Connection& connection =
            connections_.try_emplace(descriptor, descriptor, limits).first->second;
        connection.watched = EPOLLIN;
        watch(descriptor, EPOLLIN);
        setDeadline(connection, kIdle);
    }

    // ---- one connection

    static int descriptorOf(const Connection& connection) { return connection.socket; }

    void setDeadline(Connection& connection, Duration after) {
        clearDeadline(connection);
        connection.deadline = monotonicNow() + after;
        deadlines_.emplace(connection.deadline, descriptorOf(connection));
    }

    void clearDeadline(Connection& connection) {
        const auto [begin, end] = deadlines_.equal_range(connection.deadline);
        const auto its = std::find_if(begin, end, [&](const auto& entry) {
            return entry.second == descriptorOf(connection);
        });
        if (its != end) deadlines_.erase(its);
    }

    void passDeadlines() {
        const MonotonicTime now = monotonicNow();
        while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
            Connection& connection = connections_.at(deadlines_.begin()->second);
            if (connection.held) {
                connection.held = false;
                setDeadline(connection, kIdle);
                goOnOrEnd(connection);
            } else {
                end(connection);
            }
        }
    }

    void end(Connection& connection) {
        clearDeadline(connection);
        connections_.erase(descriptorOf(connection));  // closes the socket
    }

    void watchFor(Connection& connection, std::uint32_t events) {
        if (connection.watched == events) return;
        connection.watched = events;
        epoll_event event{.events = events, .data = {.fd = descriptorOf(connection)}};
        epoll_ctl(poller_, EPOLL_CTL_MOD, descriptorOf(connection), &event);
    }

    /// What a step throws (most likely there is no memory) ends its connection and no other.
    void goOnOrEnd(Connection& connection) {
        const int descriptor = descriptorOf(connection);
        if (contained(options_.on_problem, "a connection ends", [&] { goOn(connection); })) return;
        if (const auto left = connections_.find(descriptor); left != connections_.end())
            end(left->second);
    }

    /// Writes what is due and reads what has come, as far as that goes now.
    void goOn(Connection& connection) {
        while (true) {
            // Only once is it told then that the other side has gone.
            if (connection.held) return watchFor(connection, EPOLLET);
            if (!connection.answer.empty()) {
                if (!write(connection)) return;
                continue;
            }
            if (connection.request.state() == RequestReader::State::kWhole) {
                answer(connection);
                continue;
            }
            if (connection.request.state() == RequestReader::State::kBroken) {
                refuse(connection);
                continue;
            }
            if (!read(connection)) return;
        }
    }

    /// False: it would block, or the connection has ended.
    bool write(Connection& connection) {
        const auto sent = ::send(descriptorOf(connection), connection.answer.data(),
                                 connection.answer.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            watchFor(connection, EPOLLOUT);
            return false;
        }
        if (sent < 0) {
            end(connection);
            return false;
        }
        connection.answer.erase(0, static_cast<std::size_t>(sent));
        if (!connection.answer.empty()) return true;
        if (connection.answered != 0 && options_.on_answered)
            options_.on_answered(std::exchange(connection.answered, 0));
        if (connection.closes) {
            end(connection);
            return false;
        }
        setDeadline(connection, kIdle);
        return true;
    }

    /// False: nothing more has come, or the connection has ended.
    bool read(Connection& connection) {
        const auto received = ::recv(descriptorOf(connection), buffer_.data(), buffer_.size(), 0);
        if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
            watchFor(connection, EPOLLIN);
            return false;
        }
        if (received <= 0) {
            end(connection);
            return false;
        }
        setDeadline(connection, kIdle);
        connection.request.take({buffer_.data(), static_cast<std::size_t>(received)});
        if (connection.request.wantsContinue() &&
            connection.request.state() != RequestReader::State::kWhole)
            connection.answer = "HTTP/1.1 100 Continue\r\n\r\n";
        return true;
    }

    void refuse(Connection& connection) {
        connection.answer =
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        connection.closes = true;
        connection.request.next();
    }

    void answer(Connection& connection) {
        ReceivedCallback callback;
        callback.received_at = systemClock().now().wall;
        ReceivedRequest request = connection.request.takeRequest();
        callback.method = std::move(request.method);
        callback.target = std::move(request.target);
        callback.headers = std::move(request.headers);
        callback.body = std::move(request.body);
        callback.token = checkToken(options_.secrets, callback.header("Authorization"));
        callback.signature =
            checkSignature(options_.secrets,
                           {callback.header("webhook-id"), callback.header("webhook-timestamp"),
                            callback.header("webhook-signature"), callback.body},
                           callback.received_at);
        callback.number = ++count_;
        callback.answered = answerTo(callback, request.whole);
        if (options_.on_callback) options_.on_callback(callback);

        connection.closes = request.closes;
        connection.answered = callback.number;
        connection.answer = "HTTP/1.1 " + httpStatusInWords(callback.answered) +
                            "\r\nContent-Length: 0\r\n" +
                            (request.closes ? "Connection: close\r\n\r\n" : "\r\n");
        connection.request.next();
        if (options_.delay == Duration::zero()) return;
        connection.held = true;
        setDeadline(connection, options_.delay);
    }

    std::uint16_t answerTo(const ReceivedCallback& callback, bool whole) {
        const auto bad = [](Check check) {
            return check == Check::kWrong || check == Check::kAbsent;
        };
        if (!whole) return 413;
        if (bad(callback.token) || bad(callback.signature)) return 401;
        return options_.statuses[turn_++ % options_.statuses.size()];
    }

    const ReceiverOptions options_;
    Poco::Net::ServerSocket socket_;
    Descriptor poller_;
    Descriptor stop_;
    std::unordered_map<int, Connection> connections_;
    std::multimap<MonotonicTime, int> deadlines_;
    std::optional<MonotonicTime> accepts_again_at_;
    std::array<char, kReadAtOnce> buffer_{};
    std::uint64_t count_ = 0;
    std::size_t turn_ = 0;
    bool stopped_ = false;
    std::thread thread_;
};

Receiver::Receiver(ReceiverOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Receiver::~Receiver() = default;

std::string Receiver::url() const {
    return impl_->url();
}

}  // namespace waybill::cli
