// The engine: what a host talks to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "waybill/address_policy.h"
#include "waybill/bulk_redelivery.h"
#include "waybill/byte_budget.h"
#include "waybill/clock.h"
#include "waybill/delivery.h"
#include "waybill/endpoint.h"
#include "waybill/entropy.h"
#include "waybill/event_log.h"
#include "waybill/response.h"
#include "waybill/result.h"
#include "waybill/retry_policy.h"
#include "waybill/signing.h"
#include "waybill/transport.h"
#include "waybill/worker_thread.h"

namespace waybill {

/// What one client (`Submission::client`) may cause; 0 is no limit. A submission over a limit is
/// refused with `kLimited`, which says how long to wait, and changes nothing. Callbacks of
/// responses and what operators do count, and are never refused.
struct ClientLimits {
    /// Accepted; a burst of ten seconds' worth may come at once.
    std::uint32_t deliveries_per_second = 0;
    /// Started; a minute's worth may come at once. More of them wait, and until they are started
    /// submissions are refused.
    std::uint32_t attempts_per_minute = 0;
    /// Of payloads of deliveries that something is still due for. One that is larger is taken when
    /// there are no others.
    std::uint64_t pending_bytes = 0;
};

/// Submissions that were refused with `kLimited`, by what was used up.
struct ClientRefusals {
    std::uint64_t deliveries = 0;     ///< ClientLimits::deliveries_per_second
    std::uint64_t attempts = 0;       ///< ClientLimits::attempts_per_minute
    std::uint64_t pending_bytes = 0;  ///< ClientLimits::pending_bytes
    std::uint64_t waiting = 0;        ///< the client's half of what may wait for the engine
};

/// Settings of an engine. The defaults are those of `waybilld`.
struct EngineOptions {
    RetryPolicy retry_policy{};                           ///< for submissions without their own
    Duration attempt_timeout = std::chrono::seconds(30);  ///< ceiling of one whole attempt
    std::uint32_t max_in_flight = 4096;                   ///< attempts on the wire at once
    std::uint32_t max_in_flight_per_endpoint = 256;
    /// Of one client (`Submission::client`), so that endpoints of one that hang leave room for
    /// others. 0: half of `max_in_flight`, but all of it up to 64.
    std::uint32_t max_in_flight_per_client = 0;
    ClientLimits client_limits{};
    std::vector<SigningKey> signing_keys{};  ///< each signs every callback
    AddressPolicy address_policy{};          ///< refuses literal addresses at submission
    std::size_t max_payload_bytes = 64 * 1024 * 1024;
    /// More are refused with `kOverloaded`. Of these, and of their bytes, one client's submissions
    /// are half at most (more: `kLimited`) where `max_in_flight_per_client` is given and is less
    /// than `max_in_flight`.
    std::size_t max_waiting_commands = 16384;
    std::size_t max_waiting_bytes =
        256 * 1024 * 1024;        ///< of payloads in waiting commands; more: `kOverloaded`
    std::size_t max_batch = 512;  ///< commands in one commit
    std::size_t max_batch_bytes = 8 * 1024 * 1024;  ///< of payloads in one commit, or one command
    /// What payloads on the wire, and those that wait for their first attempt, count against; what
    /// is sent counts no more. An attempt whose payload does not fit waits. One client uses half of
    /// it at most, unless it may have all of `max_in_flight`. Null: one of 512 MiB.
    std::shared_ptr<ByteBudget> payload_memory{};
    std::size_t cached_payload_bytes =
        64 * 1024 * 1024;  ///< of deliveries that wait for their first attempt
    /// Called on the engine's thread after each commit, in order; must be quick and must not call
    /// what waits for the engine.
    std::function<void(const RecordedEvent&)> on_event{};
    /// For monitoring, on the engine's thread and as quick: how long a commit of so many events
    /// took …
    std::function<void(std::size_t events, Duration took)> on_commit{};
    /// … and how long after it was due an attempt was started.
    std::function<void(Duration lag)> on_start{};
    /// Told, as a sentence, what went wrong and was survived: what a reply, a hook, the transport,
    /// the clock or the entropy threw (named as the host's), a delivery that cannot be read. Called
    /// from any thread, at most once a second for the same cause; must be quick.
    ProblemReport on_problem{};
};

/// One payload for one URL.
struct Submission {
    Destination destination{};
    Bytes payload{};
    std::string content_type = "application/json";
    std::string subject{};  ///< what it is about, for people and filters; at most 256 bytes, UTF-8
    std::string client = "anonymous";  ///< whose it is: the events say `client:<name>`; at most
                                       ///< 256 bytes, see text_check.h
    std::optional<RetryPolicy> retry_policy{};
    std::optional<IdempotencyKey> idempotency{};
};

struct Redelivery {
    StreamId delivery{};
    std::string actor{};  ///< `operator:<name>`, as everywhere below (see Engine)
    std::string reason{};
    std::optional<std::string> url{};    ///< corrected; holds from this round on
    std::optional<std::string> token{};  ///< corrected; holds from this round on; empty: none
    StreamId bulk{};                     ///< the bulk re-delivery it belongs to, or empty
    /// Whether `url` may lead to another origin (scheme, host, port), whose owner then sees the
    /// payload; else `kForbidden`. The token stays behind unless `token` is given.
    bool may_change_origin = true;
    bool actor_claimed = false;  ///< see RecordedEvent
};

struct Cancellation {
    StreamId delivery{};
    std::string actor{};
    std::string reason{};
    bool actor_claimed = false;  ///< see RecordedEvent
};

/// Records that a create call is about to be passed to its backend.
struct ResponseCreation {
    StreamId
        id{};  ///< made with `newStreamId`, or one already open in `background` for another run
    ResponseCreated created{};
    std::optional<CallbackIgnored> callback_ignored{};
    std::optional<Destination>
        callback{};  ///< kept for a background response; others hand it to completion
    std::optional<StoredRequest> request{};  ///< of a background response
};

/// Records how a create call ended, and with it, in the same transaction, the delivery it owes.
struct ResponseCompletion {
    StreamId id{};
    std::string object_id{};
    std::string backend_id{};  ///< the backend's own id, where the object has another one
    std::string status{};
    Bytes object{};  ///< null: the call failed, there is no object and no callback
    std::optional<Destination> callback{};  ///< where the object is delivered; nothing: nowhere
    std::string
        reason{};  ///< why there is no object, as a sentence; recorded in at most 1,024 bytes
};

/// Its owner (or an operator) removes a response: the object is erased, a pending callback
/// cancelled.
struct ResponseDeletion {
    StreamId id{};  ///< the stream
    std::string actor{};
    std::string reason{};
    bool actor_claimed = false;  ///< see RecordedEvent
};

/// Sends the stored object of a response to a URL, though its call asked for no callback that could
/// be sent (the URL was refused or wrong, or none was given). Where it has a delivery already, that
/// one is re-delivered, to this URL.
struct LateCallback {
    StreamId response{};  ///< the stream
    std::string actor{};
    std::string reason{};
    std::string url{};
    std::optional<std::string> token{};  ///< nothing: none, or the delivery's, see Redelivery
    bool actor_claimed = false;          ///< see RecordedEvent
};

/// A step in the life of a bulk re-delivery. The deliveries themselves are re-delivered one by one
/// with `Redelivery::bulk`.
struct BulkStep {
    StreamId id{};
    std::string actor{};
    std::variant<BulkRedeliveryRequested, BulkRedeliveryPaused, BulkRedeliveryResumed,
                 BulkRedeliveryRefused, BulkRedeliveryFinished>
        step{};
    bool actor_claimed = false;  ///< see RecordedEvent
};

struct EndpointCommand {
    std::string endpoint{};  ///< as CallbackUrl::endpoint spells it, or kEveryEndpoint
    std::string actor{};
    std::string reason{};
    bool actor_claimed = false;  ///< see RecordedEvent
};

/// Of AccessRecorded::target, in bytes.
inline constexpr std::size_t kMaxAccessTarget = 4096;

/// Somebody used an operator's credential, or tried to; see AccessRecorded.
struct AccessNote {
    std::string actor{};
    AccessRecorded access{};
    bool actor_claimed = false;  ///< see RecordedEvent
};

/// What a submission, a completion or a re-delivery led to.
struct Accepted {
    Delivery delivery{};
    bool replayed = false;  ///< the idempotency key was known: this is the delivery it had made
};

/// The answer of a command that has nothing more to say.
struct Done {};

struct EngineHealth {
    bool ready = false;     ///< recovered, and the log takes events
    std::string problem{};  ///< why not, for a person
    std::uint64_t pending = 0;
    std::uint64_t in_flight = 0;
    std::optional<Timestamp> oldest_due{};
    Timestamp last_tick{};
    std::uint64_t commits = 0;
    std::uint64_t events = 0;
    std::uint64_t host_exceptions = 0;  ///< thrown by replies, hooks and ports of the host
    std::uint64_t set_aside = 0;        ///< streams whose events contradict each other: left alone
    std::uint64_t payload_bytes = 0;    ///< counted against `payload_memory`, by whomever
    ClientRefusals refused{};           ///< since the engine was made
    /// Waiting deliveries of clients that have had their attempts for now.
    std::uint64_t held_back = 0;
};

/// The thread-safe face of the ring. Log, transport, clock and entropy must outlive it.
///
/// Life: construct, `start`, use, `stop`. `stop` may come twice, or before `start`; the destructor
/// stops with no drain. Every command is answered exactly once, whatever fails, and only when what
/// it did is durable ("accepted means durable"); the blocking forms wait for one group commit (well
/// under a millisecond on an idle machine). No command throws.
///
/// Host code. Replies and hooks run on the engine's thread, mostly; they must be quick, for
/// everybody waits for them. They may use the forms with a reply. A blocking form called there is
/// refused with `kConflict`, `waitUntilFinished` returns nothing and `stop` does nothing, for each
/// would wait for its own thread. What a reply, a hook, the transport, the clock or the entropy
/// throws harms nobody else: it is counted (`EngineHealth::host_exceptions`) and told
/// (`EngineOptions::on_problem`). An attempt whose `Transport::send` threw is made again; a clock
/// that throws goes on as the system's does; in place of entropy that throws, the system's is used.
///
/// A process that was forked from the engine's has no engine: its calls are refused with
/// `kUnavailable`, and destroying the Engine there does nothing.
///
/// Refusals that any command can get: `kInvalid` for what would stand wrongly in the log for good,
/// before anything is looked up (an `actor` that is not `operator:<name>`, `client:<name>` or
/// `engine`, an endpoint in another spelling, a text with characters that text_check.h names; a
/// reason is cut to 1,000 bytes); `kNotFound` for an id of nothing, or of another kind of thing;
/// `kConflict` where the stream has events of a later version, or ones that contradict each other;
/// `kOverloaded` when too many commands, or bytes, wait; `kUnavailable` while the log takes no
/// events (the engine tries to reopen it by itself) and once it stops.
class Engine {
public:
    template <typename T>
    using Reply = std::function<void(Result<T>)>;

    Engine(EventLog& log, Transport& transport, EngineOptions options, Clock& clock = systemClock(),
           Entropy& entropy = systemEntropy());
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Starts the engine's thread, which first recovers: what was pending is due when it was due
    /// before, what was on the wire is abandoned. Returns when that is done for the first few
    /// thousand deliveries, however many there are, or has failed (see `health`); the rest follow
    /// beside the work. A corrupt log throws CorruptLog.
    void start();

    /// Refuses new commands, starts no attempt, waits up to `drain` for those on the wire
    /// (`Duration::max()`: for all of them), joins.
    void stop(Duration drain = Duration::zero());

    Result<Accepted> submit(Submission submission);
    void submit(Submission submission, Reply<Accepted> reply);

    /// Opens another round now, also while a retry is pending, which it replaces. Refused while an
    /// attempt is on the wire and after payload or token were erased.
    Result<Delivery> redeliver(Redelivery redelivery);
    void redeliver(Redelivery redelivery, Reply<Delivery> reply);

    /// Ends a delivery that is not finished. An attempt on the wire is still recorded; a 2xx makes
    /// it delivered.
    Result<Delivery> cancel(Cancellation cancellation);
    void cancel(Cancellation cancellation, Reply<Delivery> reply);

    /// `kConflict` when there is a response with this id, but for a background one that is being
    /// made, which gets another run.
    Result<Response> createResponse(ResponseCreation creation);

    /// A callback that cannot be sent is recorded as ignored, and the response is completed all the
    /// same. `kConflict` unless the response is being made.
    Result<Response> completeResponse(ResponseCompletion completion);

    /// `kNotFound` unless an object is stored, or a background response is being made.
    Result<Response> deleteResponse(ResponseDeletion deletion);

    /// Refused while the object is being made, when there is none or it was deleted, and when its
    /// delivery is on the wire, or waits for its next attempt to the same URL.
    Result<Delivery> callResponseBack(LateCallback callback);

    /// `kConflict` for a step that cannot follow: a second request, a pause of what is not running.
    Result<BulkRedelivery> recordBulk(BulkStep step);

    /// Attempts to an endpoint wait from now on, until it is resumed; to every endpoint, for
    /// kEveryEndpoint, which pauses and resumes beside the single ones.
    Result<EndpointState> pauseEndpoint(EndpointCommand command);
    Result<EndpointState> resumeEndpoint(EndpointCommand command);

    /// Records an access in the log's own stream. Refused: actor, target (kMaxAccessTarget) or
    /// address that cannot be recorded, a count of 0. Costs a commit: whoever lets strangers cause
    /// it bounds it.
    Result<Done> recordAccess(AccessNote note);
    void recordAccess(AccessNote note, Reply<Done> reply);

    /// A request that tries a delivery's own URL, for the host to send with its transport: `body`
    /// with the delivery's token and every signature, under an id of its own (`chk_…`), so that no
    /// receiver takes it for the callback. Nothing is recorded. It holds the token: never show it.
    Result<AttemptRequest> checkRequest(const StreamId& delivery, Bytes body);

    /// The delivery, once nothing more will happen to it by itself; nothing when `timeout` passes
    /// first (`Duration::max()`: never), it does not exist, the log is down or the engine stops.
    std::optional<Delivery> waitUntilFinished(const StreamId& delivery, Duration timeout);

    /// Takes signing keys anew for attempts that start from now on.
    void setSigningKeys(std::vector<SigningKey> keys);

    EngineHealth health() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill
