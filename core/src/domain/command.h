// What enters the ring: commands of callers and outcomes of attempts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/decide.h"
#include "engine/host_fence.h"
#include "waybill/engine.h"

namespace waybill {

/// What can be decided without the log is decided (and hashed) on the caller's thread; the ring
/// only stamps it.
struct SubmitCommand {
    StreamId delivery;
    Decided accepted;
    ReplyOnce<Accepted> reply;
};

struct RedeliverCommand {
    Redelivery redelivery;
    std::string salt;
    ReplyOnce<Delivery> reply;
};

struct CancelCommand {
    Cancellation cancellation;
    ReplyOnce<Delivery> reply;
};

struct CreateResponseCommand {
    ResponseCreation creation;
    std::string salt;
    ReplyOnce<Response> reply;
};

struct CompleteResponseCommand {
    ResponseCompletion completion;
    Digest payload_digest;  ///< of the object, if there is one
    StreamId delivery;      ///< the id its callback will have
    std::string salt;
    ReplyOnce<Response> reply;
};

struct DeleteResponseCommand {
    ResponseDeletion deletion;
    ReplyOnce<Response> reply;
};

struct LateCallbackCommand {
    LateCallback callback;
    StreamId delivery;  ///< the id it will have, if the response has no delivery yet
    std::string salt;
    ReplyOnce<Delivery> reply;
};

struct BulkCommand {
    BulkStep bulk;
    ReplyOnce<BulkRedelivery> reply;
};

struct PauseCommand {
    EndpointCommand endpoint;
    ReplyOnce<EndpointState> reply;
};

struct ResumeCommand {
    EndpointCommand endpoint;
    ReplyOnce<EndpointState> reply;
};

/// Asks to be told once nothing more will happen to a delivery by itself. Refused: there is no such
/// delivery, or the engine stops.
struct WatchCommand {
    StreamId delivery;
    ReplyOnce<Delivery> reply;
    std::uint64_t watcher = 0;  ///< a number of its own, for UnwatchCommand
};

/// Who asked has waited long enough.
struct UnwatchCommand {
    StreamId delivery;
    std::uint64_t watcher = 0;
};

/// Asks for a request that tries a delivery's URL.
struct CheckRequestCommand {
    StreamId delivery;
    std::string id;  ///< the webhook-id of the test
    Bytes body;
    ReplyOnce<AttemptRequest> reply;
};

struct AccessCommand {
    AccessNote note;
    ReplyOnce<Done> reply;
};

struct SetSigningKeysCommand {
    std::vector<SigningKey> keys;
};

using Command = std::variant<SubmitCommand, RedeliverCommand, CancelCommand, CreateResponseCommand,
                             CompleteResponseCommand, DeleteResponseCommand, LateCallbackCommand,
                             BulkCommand, PauseCommand, ResumeCommand, WatchCommand, UnwatchCommand,
                             CheckRequestCommand, AccessCommand, SetSigningKeysCommand>;

/// Of the payload that a command brings along.
std::size_t payloadBytes(const Command& command);

/// The end of an attempt, as the transport told it.
struct Outcome {
    StreamId delivery;
    std::uint32_t attempt = 0;
    AttemptOutcome outcome;
};

}  // namespace waybill
