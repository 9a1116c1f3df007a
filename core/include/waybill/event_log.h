// Port: the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/delivery.h"
#include "waybill/endpoint.h"
#include "waybill/errors.h"
#include "waybill/event.h"

namespace waybill {

/// Where a delivery goes and what proves who sent it. Lies beside the log; never in an event.
struct Destination {
    std::string url{};
    std::string token{};  ///< empty: none. Sealed at rest
    friend bool operator==(const Destination&, const Destination&) = default;
};

/// What came back from an attempt. Lies beside the log.
struct Exchange {
    std::string head{};  ///< status line and header lines as received, bounded
    std::string body{};  ///< bounded
    friend bool operator==(const Exchange&, const Exchange&) = default;
};

/// What a background response needs to be run again after a crash. Lies beside the log until it is
/// completed.
struct StoredRequest {
    std::string body{};  ///< the create request as the backend gets it, without the webhook keys
    std::string
        headers{};  ///< JSON object text: what else the backend needs (`anthropic-version` …)
    std::string object{};      ///< the object that GET answers until the response is completed
    std::string client_key{};  ///< for the backend; sealed at rest; may be empty
    friend bool operator==(const StoredRequest&, const StoredRequest&) = default;
};

/// Erasable bytes that ride with the event that names them; stored in the same transaction, under
/// the event's global position.
struct Attachments {
    Bytes payload{};  ///< with DeliveryAccepted (own bytes) or ResponseCompleted
    std::optional<Destination>
        destination{};   ///< with DeliveryAccepted, RedeliveryRequested, ResponseCreated
    std::string salt{};  ///< of every salted digest in this event
    std::optional<Exchange> exchange{};      ///< with AttemptSucceeded, AttemptFailed
    std::optional<StoredRequest> request{};  ///< with ResponseCreated of a background response
    bool erase_payload = false;              ///< with PayloadErased: the stream's payload goes now
};

/// One line of a batch. The caller sets stream, position, recorded_at, actor and event; the log
/// sets global_position and hash.
struct NewEvent {
    RecordedEvent recorded{};
    Attachments attachments{};
};

using Batch = std::vector<NewEvent>;

/// How far a log reaches: what the next append must build on.
struct LogHead {
    std::uint64_t global_position = 0;
    Digest hash{};
    friend bool operator==(const LogHead&, const LogHead&) = default;
};

/// A delivery found by an idempotency key.
struct IdempotentMatch {
    StreamId delivery{};
    Digest body{};
    Timestamp accepted_at{};
};

/// One partition: one writer, one order, one chain, one random id. All functions are called from
/// one thread at a time (the engine's). What it must promise is written as
/// tests/conformance/event_log_suite.h, which every implementation passes.
class EventLog {
public:
    virtual ~EventLog() = default;

    /// The random id this log was born with; 32 hexadecimal digits. The first hash covers it.
    virtual std::string logId() const = 0;

    virtual LogHead head() const = 0;

    /// Appends all of `batch`, with attachments and derived state, or nothing. On return it is
    /// durable and the events carry their global positions and hashes. Throws Fenced when the head
    /// is not `expected_head` or an event's position is not its stream's next; CorruptLog when an
    /// event cannot follow (both: nothing written); StoreUnavailable when nothing was written;
    /// StoreIndeterminate when that is not known: then call `reopen`.
    virtual LogHead append(Batch& batch, const LogHead& expected_head) = 0;

    /// Closes, opens again and makes what is there durable before it is believed. Throws
    /// StoreUnavailable while that is not possible; may be called again.
    virtual void reopen() = 0;

    /// Housekeeping (checkpoint); `busy`: only what cannot wait. Failures show at the next append.
    /// Throws StoreUnavailable when none can be made: the log is not where it was opened.
    virtual void maintain(bool busy) = 0;

    // Reads. They see every append that returned. Each throws StoreUnavailable; CorruptLog is about
    // the stream that it names.

    /// A stream's events in order; empty for an unknown one.
    virtual std::vector<RecordedEvent> readStream(const StreamId& stream) const = 0;

    /// The position of a stream's newest event; 0 for an unknown stream. One look-up, however long
    /// the stream is.
    virtual std::uint64_t streamPosition(const StreamId& stream) const = 0;

    /// At most `limit` events after a global position, in order.
    virtual std::vector<RecordedEvent> readAll(std::uint64_t after, std::size_t limit) const = 0;

    /// Calls `visit` with deliveries, folded, for which something is still due or on the wire, in
    /// order of acceptance: at most `limit` of those after the one that was accepted with the event
    /// at the global position `after` (0: from the first on). Reads what is open, not the whole
    /// log. One whose events contradict each other is no reason to stop: `unreadable` is told of
    /// it, and it does not count. Neither function may call the log.
    virtual void visitOpenDeliveries(
        std::uint64_t after, std::size_t limit, const std::function<void(Delivery)>& visit,
        const std::function<void(const CorruptLog&)>& unreadable) const = 0;

    /// How many there are in all.
    virtual std::size_t openDeliveryCount() const = 0;

    /// Folded: one delivery, open or finished. Throws CorruptLog when its events contradict each
    /// other; that says nothing about any other stream.
    virtual std::optional<Delivery> findDelivery(const StreamId& delivery) const = 0;

    /// The same, by the global position of its `delivery_accepted`.
    virtual std::optional<Delivery> findDeliveryAcceptedAt(std::uint64_t global_position) const = 0;

    /// Streams of responses that were created and neither completed nor deleted, oldest first.
    virtual std::vector<StreamId> openResponses() const = 0;

    virtual std::vector<EndpointState> pausedEndpoints() const = 0;

    virtual std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) const = 0;

    /// Bytes beside the log, by the global position of the event they rode with. Null or nothing
    /// where there were none or they were erased. Throws DamagedBytes when they are not what the
    /// event says: they are checked against its digests each time.
    virtual Bytes readPayload(std::uint64_t global_position) const = 0;
    virtual std::optional<Destination> readDestination(std::uint64_t global_position) const = 0;
    virtual std::optional<StoredRequest> readRequest(std::uint64_t global_position) const = 0;

    /// What a delivery sends: its own bytes, or those of the response it names.
    virtual Bytes readPayloadOf(const Delivery& delivery) const = 0;
};

}  // namespace waybill
