// Threads for connections that have to wait.
#pragma once

#include <Poco/ThreadPool.h>

#include <cstdint>
#include <memory>

#include "http/connection.h"
#include "http/letters.h"

namespace waybill::server {

/// As many threads as there are connections being served by one at once; any thread asks for one.
class Workers {
public:
    explicit Workers(std::uint32_t most_connections);

    /// Calls Connection::serve and posts the connection to `back` when it goes on. Throws
    /// Poco::Exception when there is no thread to be had; the connection then ends.
    void serve(std::unique_ptr<Connection> connection, std::shared_ptr<Mailbox> back);

    /// Waits for all of them.
    void join() { threads_.joinAll(); }

private:
    Poco::ThreadPool threads_;
};

}  // namespace waybill::server
