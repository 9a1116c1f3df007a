// What other threads hand to the reactor.
#pragma once

#include <memory>
#include <variant>

#include "http/connection.h"
#include "waybill/mailbox.h"
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

/// The answers of one commit wake the reactor once.
using Mailbox = waybill::Mailbox<Letter>;

}  // namespace waybill::server
