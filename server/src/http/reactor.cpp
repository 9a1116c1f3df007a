#include "http/reactor.h"

#include <Poco/Exception.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>
#include <variant>

#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

// All connections are looked through when one may be overdue: often enough, not too often.
constexpr auto kDeadlineGrain = std::chrono::milliseconds(10);
// A turn that fails again and again must take neither a whole core nor the log.
constexpr auto kPauseAfterFault = std::chrono::milliseconds(100);
constexpr auto kLongestWait = std::chrono::hours(1);

// Edge-triggered: a connection costs no further call while it stays here, however busy.
constexpr std::uint32_t kInterest = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kHungUp = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

int openEpoll() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throw Poco::SystemException("no descriptor for epoll", errno);
    return fd;
}

/// `tag`: null for the mailbox.
void watch(int epoll, int fd, Connection* tag) {
    epoll_event event{};
    event.events = kInterest;
    event.data.ptr = tag;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        throw Poco::SystemException("epoll refuses a connection", errno);
}

}  // namespace

Reactor::Reactor(Workers& workers, std::function<void(const std::string&)> on_problem)
    : workers_(workers), on_problem_(std::move(on_problem)), epoll_(openEpoll()) {
    watch(epoll_, mailbox_->fd(), nullptr);
    thread_ = startWorkerThread(
        "waybill-front", [this] { run(); }, on_problem_);
}

Reactor::~Reactor() {
    mailbox_->post(Stop{});
    thread_.join();
    ::close(epoll_);
}

void Reactor::run() {
    while (!stopped_)
        if (!contained(on_problem_, "a turn of the server", [this] { turn(); }))
            std::this_thread::sleep_for(kPauseAfterFault);
}

void Reactor::turn() {
    const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                                   millisecondsToWait());
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) continue;  // the mailbox
        guarded(*static_cast<Connection*>(event.data.ptr), [&](Connection& connection) {
            connection.markReadable((event.events & kHungUp) != 0);
            follow(connection, connection.advance(scratch_));
        });
    }
    readMail();
    if (Clock::now() >= next_deadline_) expireOverdue();
}

int Reactor::millisecondsToWait() {
    if (!mailbox_->fallAsleep()) return 0;
    if (next_deadline_ == Deadline::max()) return -1;
    const auto left = std::clamp<Clock::duration>(next_deadline_ - Clock::now(),
                                                  Clock::duration::zero(), kLongestWait);
    // Rounded up: who wakes a little early finds nothing due and turns in circles.
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Reactor::readMail() {
    mailbox_->take(letters_);
    // Each by itself: one that fails costs no other its answer and is not met again.
    for (Letter& letter : letters_)
        contained(on_problem_, "a connection ends", [&] {
            std::visit([this](auto&& content) { take(std::move(content)); }, std::move(letter));
        });
    letters_.clear();
}

void Reactor::take(Arrival arrival) {
    guarded(*arrival.connection, [&](Connection& connection) {
        watch(epoll_, connection.fd(), &connection);
        connections_.emplace(&connection, std::move(arrival.connection));
        follow(connection, connection.resume(scratch_));
    });
}

void Reactor::take(const Answer& answer) {
    guarded(*answer.connection, [&](Connection& connection) {
        follow(connection, connection.answer(answer.make, scratch_));
    });
}

void Reactor::follow(Connection& connection, Connection::Next next) {
    switch (next) {
        case Connection::Next::kWait:
            next_deadline_ = std::min(next_deadline_, connection.deadline());
            return;
        case Connection::Next::kAsk:
            // By mail even where the answer is there at once: the others have their turn first.
            return connection.ask(
                Reply([mailbox = mailbox_, asker = &connection](Reply::Maker make) {
                    mailbox->post(Answer{asker, std::move(make)});
                }));
        case Connection::Next::kWorker:
            return handOver(connection);
        case Connection::Next::kEnd:
            release(connection);
            return;
    }
}

void Reactor::expireOverdue() {
    const Deadline now = Clock::now();
    std::vector<Connection*> overdue;
    next_deadline_ = Deadline::max();
    for (const auto& [connection, owned] : connections_) {
        const Deadline deadline = connection->deadline();
        if (deadline <= now)
            overdue.push_back(connection);
        else
            next_deadline_ = std::min(next_deadline_, deadline);
    }
    if (next_deadline_ != Deadline::max())
        next_deadline_ = std::max(next_deadline_, now + kDeadlineGrain);
    for (Connection* connection : overdue)
        guarded(*connection, [this](Connection& late) { follow(late, late.expire()); });
}

void Reactor::handOver(Connection& connection) {
    workers_.serve(release(connection), mailbox_);
}

std::unique_ptr<Connection> Reactor::release(Connection& connection) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.fd(), nullptr);
    const auto found = connections_.find(&connection);
    std::unique_ptr<Connection> owned = std::move(found->second);
    connections_.erase(found);
    return owned;
}

/// What goes wrong in a step of one connection (most likely there is no memory, no thread) ends
/// that connection and no other.
template <typename Step>
void Reactor::guarded(Connection& connection, Step step) {
    if (contained(on_problem_, "a connection ends", [&] { step(connection); })) return;
    if (!connections_.contains(&connection)) return;
    // Not destroyed while a reply is on its way to it.
    if (connection.awaitsReply())
        connection.cut();
    else
        release(connection);
}

}  // namespace waybill::server
