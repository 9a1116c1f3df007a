// Threads for connections that have to wait.
#pragma once

#include <Poco/ThreadPool.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/connection.h"
#include "http/letters.h"
#include "waybill/worker_thread.h"

namespace waybill::server {

/// As many threads as there are connections being served by one at once; any thread asks for one.
class Workers {
public:
    /// `on_problem` may be null.
    Workers(std::uint32_t most_connections, ProblemReport on_problem);

    /// Calls Connection::serve and posts the connection to `back` when it goes on. Throws
    /// Poco::Exception when there is no thread to be had; the connection then ends.
    void serve(std::unique_ptr<Connection> connection, std::shared_ptr<Mailbox> back);

    /// Answers a TLS connection for which there is no place with these bytes: best effort, two
    /// seconds at most, and a few at a time; the others are just closed.
    void turnAway(Poco::Net::StreamSocket socket, const Poco::Net::Context::Ptr& tls,
                  std::string answer);

    /// Waits for all of them.
    void join() { threads_.joinAll(); }

private:
    class Job;

    void start(std::unique_ptr<Job> job);

    const ProblemReport on_problem_;
    std::atomic<int> turned_away_{0};  ///< at this moment
    Poco::ThreadPool threads_;
};

}  // namespace waybill::server
