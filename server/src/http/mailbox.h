// What other threads hand to the reactor.
#pragma once

#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "http/connection.h"
#include "waybill/server/reply.h"

namespace waybill::server {

/// A new connection, or one that a worker gives back.
struct Arrival {
    std::unique_ptr<Connection> connection;
};

/// The answer a connection of the reactor's has been waiting for.
struct Answer {
    Connection* connection = nullptr;
    Reply::Maker make;
};

struct Stop {};

using Letter = std::variant<Arrival, Answer, Stop>;

/// A queue with one reader, which sleeps on a descriptor. A writer makes a system call only when
/// the reader sleeps and nobody has woken it yet: the answers of one commit wake it once.
class Mailbox {
public:
    /// Throws Poco::SystemException when there is no descriptor to be had.
    Mailbox();
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    /// Any thread.
    void post(Letter letter);

    /// For the reader: what has come in, into an empty list. It is awake from now on.
    void take(std::vector<Letter>& letters);

    /// For the reader: it is about to wait for the descriptor. False when it must not, because
    /// something is there.
    bool fallAsleep();

    /// Watch it for input, edge-triggered: it is written to and never read.
    int fd() const { return fd_; }

private:
    const int fd_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
    bool asleep_ = false;
};

}  // namespace waybill::server
