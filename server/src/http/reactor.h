// The thread that has all plain connections which wait.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/connection.h"
#include "http/letters.h"
#include "http/workers.h"

namespace waybill::server {

/// One thread, one epoll, any number of connections: idle ones, those whose request has come in
/// part, and those whose answer comes later. It reads and answers what needs no waiting and gives
/// all else to a worker. One request of a connection at a time, and one step of each in turn.
class Reactor {
public:
    /// Starts the thread. `workers` must outlive it; `on_problem` may be null. Throws
    /// Poco::SystemException when there are no descriptors to be had.
    Reactor(Workers& workers, std::function<void(const std::string&)> on_problem);

    /// Joins. All its connections must have ended.
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    /// Where connections arrive.
    const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

private:
    void run();
    void turn();
    int millisecondsToWait();
    void readMail();
    void take(Arrival arrival);
    void take(const Answer& answer);
    void take(Stop) { stopped_ = true; }
    void follow(Connection& connection, Connection::Next next);
    void expireOverdue();
    void handOver(Connection& connection);
    std::unique_ptr<Connection> release(Connection& connection);
    template <typename Step>
    void guarded(Connection& connection, Step step);

    Workers& workers_;
    const std::function<void(const std::string&)> on_problem_;
    const std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
    const int epoll_;
    std::array<epoll_event, 256> events_{};
    std::array<char, 16 * 1024> scratch_{};
    std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
    std::vector<Letter> letters_;
    Deadline next_deadline_ = Deadline::max();  ///< none is earlier
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace waybill::server
