// The vocabulary of the log: every fact Waybill can record, and nothing else. The state machine
// they drive is drawn in core/EVENTS.md; their bytes on disk in storage/LOG_FORMAT.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/ids.h"
#include "waybill/retry_policy.h"
#include "waybill/time.h"

namespace waybill {

/// Why an attempt is made.
enum class AttemptCause { kFirst, kRetry, kRedelivery };

/// Why an attempt failed.
enum class FailureReason {
    kHttpStatus,       ///< an answer other than 2xx
    kTimeout,          ///< the attempt's whole time was used up
    kDns,              ///< the name has no address
    kConnect,          ///< no connection, or it broke before an answer
    kTls,              ///< the handshake failed or the certificate does not verify
    kProtocol,         ///< what came back is not HTTP/1.1
    kRefusedAddress,   ///< the name leads to an address that must not be reached; ends the round
    kStaleConnection,  ///< a reused connection died before the first byte of an answer; not counted
                       ///< once a round
    kLocalFault,       ///< we ran out of something (descriptors, ports, memory); never counted
    kDamaged  ///< what is kept for the delivery beside the log is missing or is not what was
              ///< stored: nothing was sent; ends the round
};

/// Why no further attempt follows a failed or abandoned one.
enum class RoundEnd { kAttemptsUsed, kRefusedAddress, kFinalStatus, kCancelled, kDamaged };

/// Where the time of an attempt went. A phase that was not reached, or not needed on a reused
/// connection, has no value.
struct PhaseTimings {
    std::optional<Duration> dns{};
    std::optional<Duration> connect{};
    std::optional<Duration> tls{};
    std::optional<Duration>
        first_byte{};  ///< from the request sent to the first byte of the answer
    Duration total{};
    friend bool operator==(const PhaseTimings&, const PhaseTimings&) = default;
};

/// Erasable bytes named from an event: how many there were, and their salted digest.
struct BytesDigest {
    std::uint64_t size = 0;
    Digest digest{};
    friend bool operator==(const BytesDigest&, const BytesDigest&) = default;
};

/// What is on record about the wire side of an attempt.
struct ExchangeSummary {
    std::optional<std::uint16_t> http_status{};
    std::string
        remote_address{};  ///< `192.0.2.7:443`, `[2001:db8::1]:443`, or empty when none was reached
    PhaseTimings timings{};
    std::string tls{};       ///< `TLSv1.3`, or empty
    bool reused = false;     ///< the connection had carried an earlier attempt
    bool truncated = false;  ///< more came than is kept, or it was cut short
    std::optional<BytesDigest> response_head{};
    std::optional<BytesDigest> response_body{};
    friend bool operator==(const ExchangeSummary&, const ExchangeSummary&) = default;
};

struct IdempotencyKey {
    Digest key{};   ///< of the client's name and the key it sent
    Digest body{};  ///< of the request it came with
    friend bool operator==(const IdempotencyKey&, const IdempotencyKey&) = default;
};

// ---- a delivery's stream

/// A delivery is durable; its first attempt is due at `due_at`.
struct DeliveryAccepted {
    std::string endpoint{};
    Digest url_digest{};  ///< salted
    Digest payload_digest{};
    std::uint64_t payload_bytes = 0;
    std::string content_type{};
    std::string client{};
    std::string subject{};
    /// The stream whose payload this delivery sends (a response's); empty when it brought its own
    /// bytes.
    StreamId payload_stream{};
    bool has_token = false;
    std::optional<IdempotencyKey> idempotency{};
    RetryPolicy policy{.delays = {}};  ///< always decided: none is taken from a default
    Timestamp due_at{};
};

/// Recorded before any byte leaves.
struct AttemptStarted {
    std::uint32_t attempt = 0;  ///< 1, 2, 3 … without a gap for the delivery's whole life
    std::uint32_t round = 0;
    AttemptCause cause = AttemptCause::kFirst;
};

struct AttemptSucceeded {
    std::uint32_t attempt = 0;
    ExchangeSummary exchange{};
};

struct AttemptFailed {
    std::uint32_t attempt = 0;
    FailureReason reason = FailureReason::kConnect;
    std::string detail{};  ///< in words, without anything secret: `connection refused`
    ExchangeSummary exchange{};
    bool counts = true;  ///< against the attempts of its round
    std::optional<Timestamp> retry_at{};
    std::optional<RoundEnd> round_end{};  ///< set exactly when there is no retry_at
};

/// Found open at start: nobody knows what became of it. Counts as an attempt.
struct AttemptAbandoned {
    std::uint32_t attempt = 0;
    std::optional<Timestamp> retry_at{};
    std::optional<RoundEnd> round_end{};
};

/// An operator opened another round.
struct RedeliveryRequested {
    std::uint32_t round = 0;  ///< the round this opens
    std::string reason{};
    std::string endpoint{};              ///< of the corrected URL, or empty
    std::string previous_endpoint{};     ///< where it went before, if `endpoint` is another
    std::optional<Digest> url_digest{};  ///< of the corrected URL, salted
    bool token_changed = false;
    bool token_dropped = false;  ///< the token belonged to the previous endpoint and stays behind
    StreamId bulk{};             ///< the bulk re-delivery it belongs to, or empty
    Timestamp due_at{};
};

struct DeliveryCancelled {
    std::string reason{};
};

// ---- a response's stream

/// Recorded before the backend is asked.
struct ResponseCreated {
    std::string kind{};  ///< `response`, `chat.completion` or `message`
    std::string client{};
    std::string model{};
    bool background = false;
    std::uint32_t run = 1;  ///< 2 and on: a background response is run again after a crash
    std::optional<IdempotencyKey> idempotency{};
};

/// The life of the call is over. Without a payload the call failed and made no object.
struct ResponseCompleted {
    std::string object_id{};   ///< the id in the object, which the backend may have chosen; may
                               ///< equal the stream
    std::string backend_id{};  ///< the backend's own id, where the object has another one
    std::string
        status{};  ///< `completed`, `failed`, `incomplete`, `cancelled`; `error` without a payload
    std::optional<Digest> payload_digest{};
    std::uint64_t payload_bytes = 0;
    StreamId delivery{};   ///< of the callback accepted with it; empty: none
    std::string reason{};  ///< why the call made no object, as a sentence; empty where it made one
};

struct ResponseDeleted {
    std::string reason{};
};

/// A callback was asked for that cannot be sent.
struct CallbackIgnored {
    std::string code{};    ///< for programs: `url_scheme`, `url_too_long`, `token_characters` …
    std::string reason{};  ///< a sentence for an operator, without the URL
};

/// An operator has the stored object sent to a URL, though its call asked for no callback that
/// could be sent. Recorded together with the delivery that carries it.
struct CallbackRequested {
    StreamId delivery{};
    std::string reason{};
};

/// Bytes were removed by retention or on request; their digest stays. In a delivery's or a
/// response's stream.
struct PayloadErased {
    std::string reason{};
};

// ---- other streams

/// In the endpoint's stream.
struct EndpointPaused {
    std::string reason{};
};
struct EndpointResumed {
    std::string reason{};
};

/// In the bulk re-delivery's own stream.
struct BulkRedeliveryRequested {
    std::string filter{};  ///< JSON text, as asked
    std::uint64_t matched = 0;
    std::uint64_t rate_per_minute = 0;  ///< 0: no limit of its own
    std::string reason{};
};
/// No further delivery is taken until it is resumed; lasts across restarts.
struct BulkRedeliveryPaused {
    std::string reason{};
};
struct BulkRedeliveryResumed {
    std::string reason{};
};
/// Some of the deliveries it has come to cannot be sent again: on the wire, erased.
struct BulkRedeliveryRefused {
    std::uint64_t refused = 0;  ///< so far, all together
    StreamId through{};         ///< the newest delivery it has come to
};
struct BulkRedeliveryFinished {
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    bool stopped = false;
};

/// First event of a log whose older part was archived, in the log's own stream.
struct LogContinued {
    Digest archive_head{};
    std::uint64_t archive_position = 0;
    std::string state{};  ///< JSON text: folded state of the streams that go on
};

/// A start found that acknowledged events are missing, and an operator had it go on all the same.
/// In the log's own stream.
struct LossAccepted {
    std::uint64_t known_position = 0;    ///< how far the log had reached at least; 0: not known
    std::optional<Digest> known_hash{};  ///< of the event there
    std::uint64_t found_position = 0;    ///< the newest event that was found
    Digest found_hash{};
    std::uint64_t missing = 0;  ///< how many events are missing at least; 0: not known
    std::string reason{};       ///< what was found, in words
};

/// What somebody did with an operator's credential, or tried, that changes nothing else in the log.
enum class AccessKind {
    kPayloadRead,         ///< a payload was shown
    kLogRead,             ///< the whole log was read or exported
    kLoginFailed,         ///< no or a wrong token; counted, so that strangers cannot fill the log
    kRoleRefused,         ///< a known operator asked for what the role may not
    kCheckSent,           ///< a test request was sent to a URL
    kCredentialsChanged,  ///< keys, tokens or operators are others than before
};

/// In the log's own stream.
struct AccessRecorded {
    AccessKind kind = AccessKind::kPayloadRead;
    std::string target{};     ///< what it was about: an id, an endpoint, a route, names of keys
    std::string address{};    ///< of who asked; empty: nobody over a connection
    std::uint64_t count = 1;  ///< how many of the same this event stands for
};

/// An event that this version does not know: its type, or something in it, came with a later one.
/// It is kept and shown as it stands; nothing is decided any more on a stream that has one.
struct UnknownEvent {
    std::string type{};
    std::string data{};  ///< JSON object text, as stored
};

using Event =
    std::variant<DeliveryAccepted, AttemptStarted, AttemptSucceeded, AttemptFailed,
                 AttemptAbandoned, RedeliveryRequested, DeliveryCancelled, ResponseCreated,
                 ResponseCompleted, ResponseDeleted, CallbackIgnored, CallbackRequested,
                 PayloadErased, EndpointPaused, EndpointResumed, BulkRedeliveryRequested,
                 BulkRedeliveryPaused, BulkRedeliveryResumed, BulkRedeliveryRefused,
                 BulkRedeliveryFinished, LogContinued, LossAccepted, AccessRecorded, UnknownEvent>;

/// An event as the log holds it.
struct RecordedEvent {
    std::uint64_t global_position = 0;  ///< 1, 2, 3 … without a gap over the whole log
    StreamId stream{};
    std::uint64_t position = 0;  ///< 1, 2, 3 … without a gap in its stream
    Timestamp recorded_at{};
    std::string actor{};         ///< `client:<name>`, `engine`, `operator:<name>`
    bool actor_claimed = false;  ///< the name was given beside a shared token, which proves none
    Event event{};
    Digest hash{};
};

inline constexpr std::string_view kEngineActor = "engine";

/// The name of the log's own stream.
inline constexpr std::string_view kLogStream = "log";

/// The name of the event's type: `delivery_accepted` …
std::string_view typeName(const Event& event) noexcept;

std::string_view toString(AttemptCause cause) noexcept;
std::string_view toString(FailureReason reason) noexcept;
std::string_view toString(RoundEnd end) noexcept;
std::string_view toString(AccessKind kind) noexcept;
std::optional<AttemptCause> attemptCauseFrom(std::string_view text) noexcept;
std::optional<FailureReason> failureReasonFrom(std::string_view text) noexcept;
std::optional<RoundEnd> roundEndFrom(std::string_view text) noexcept;
std::optional<AccessKind> accessKindFrom(std::string_view text) noexcept;

}  // namespace waybill
