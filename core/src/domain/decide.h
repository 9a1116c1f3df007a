// Decisions: what a command or an outcome leads to, given the folded state. All pure: time, chance
// and salts come in as arguments, and what is decided is written into the event, never worked out
// again.
#pragma once

#include <optional>
#include <string>

#include "waybill/callback_url.h"
#include "waybill/delivery.h"
#include "waybill/engine.h"
#include "waybill/event_log.h"
#include "waybill/response.h"
#include "waybill/result.h"
#include "waybill/transport.h"

namespace waybill {

/// An event and the bytes that ride with it; not yet in a stream.
struct Decided {
    Event event{};
    Attachments attachments{};
};

/// What makes a command wrong whatever the log says: who acts, why, on what kind of thing. Nothing:
/// it may be looked up and decided.
std::optional<Refusal> checkCommand(const Redelivery& command);
std::optional<Refusal> checkCommand(const Cancellation& command);
std::optional<Refusal> checkCommand(const LateCallback& command);
std::optional<Refusal> checkCommand(const ResponseCreation& command);
std::optional<Refusal> checkCommand(const ResponseCompletion& command);
std::optional<Refusal> checkCommand(const ResponseDeletion& command);
std::optional<Refusal> checkCommand(const BulkStep& command);
std::optional<Refusal> checkCommand(const EndpointCommand& command);
std::optional<Refusal> checkCommand(const AccessNote& command);

/// Checks a submission and makes its `delivery_accepted`, due at `now`. Hashes the payload: for the
/// caller's thread.
Result<Decided> decideSubmission(Submission submission, const EngineOptions& options,
                                 std::string salt, Timestamp now);

/// The same for the object of a completed response, whose bytes lie in the response's own stream.
Result<Decided> decideCallback(const Response& response, const ResponseCompletion& completion,
                               const Digest& payload_digest, const EngineOptions& options,
                               std::string salt, Timestamp now);

/// Why the object of a response cannot be sent; nothing: it is stored.
std::optional<Refusal> refuseToSend(const Response& response);

/// The same as `decideCallback` for an object that is stored already. Only where the response has
/// no delivery.
Result<Decided> decideLateCallback(const Response& response, const LateCallback& command,
                                   const EngineOptions& options, std::string salt, Timestamp now);

/// Why a delivery that a late callback would re-deliver is left alone; nothing: it is re-delivered.
/// What is asked for twice by mistake is sent once.
std::optional<Refusal> refuseRepetition(const Delivery& delivery, const LateCallback& command,
                                        const std::optional<Destination>& current);

/// The start of the attempt that is due. Only for a pending delivery.
AttemptStarted decideStart(const Delivery& delivery);

/// What an attempt's end means for its delivery. `token` is masked in what the receiver sent back.
Decided decideOutcome(const Delivery& delivery, AttemptOutcome&& outcome, std::string salt,
                      const std::string& token, Timestamp now, double jitter);

/// An attempt that was open when the engine started.
AttemptAbandoned decideAbandonment(const Delivery& delivery, Timestamp now, double jitter);

/// `current` is where the delivery goes now; what the command does not correct stays. Only the
/// token does not follow to another origin (scheme, host, port).
Result<Decided> decideRedelivery(const Delivery& delivery, const Redelivery& command,
                                 const std::optional<Destination>& current,
                                 const EngineOptions& options, std::string salt, Timestamp now);

Result<DeliveryCancelled> decideCancellation(const Delivery& delivery, const Cancellation& command);

Result<ResponseCompleted> decideCompletion(const Response& response,
                                           const ResponseCompletion& completion,
                                           const Digest& payload_digest);

/// Only a stored object, or a background response that is being made, is deleted.
Result<ResponseDeleted> decideDeletion(const Response& response, const ResponseDeletion& command);

Result<Event> decideBulk(const BulkRedelivery& bulk, const BulkStep& command);

Result<EndpointPaused> decidePause(const EndpointState& endpoint, const EndpointCommand& command);
Result<EndpointResumed> decideResumption(const EndpointState& endpoint,
                                         const EndpointCommand& command);

}  // namespace waybill
