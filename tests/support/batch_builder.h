// Batches as an engine would append them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "waybill/event_log.h"

namespace waybill::test {

/// 2026-01-01T00:00:00Z: when the first event of a BatchBuilder is recorded.
Timestamp epoch();

/// Events that may follow each other; what a test does not care about is filled in.
DeliveryAccepted acceptedEvent(const std::string& payload, Timestamp due_at = epoch());
AttemptStarted startedEvent(std::uint32_t attempt, AttemptCause cause = AttemptCause::kFirst,
                            std::uint32_t round = 1);
AttemptSucceeded succeededEvent(std::uint32_t attempt, const Exchange& exchange = {},
                                const std::string& salt = {});
AttemptFailed failedEvent(std::uint32_t attempt, std::optional<Timestamp> retry_at);
ResponseCreated createdEvent(bool background = false);
ResponseCompleted completedEvent(const std::string& object_id, const std::string& object);

/// Puts a batch together line by line, knowing each stream's next position; every line is recorded
/// a millisecond after the one before.
class BatchBuilder {
public:
    explicit BatchBuilder(EventLog& log) : log_(log) {}

    BatchBuilder& add(const StreamId& stream, Event event, Attachments attachments = {},
                      const std::string& actor = std::string(kEngineActor));

    /// A delivery of `payload` to `https://example.com/hook`, with what lies beside the log.
    /// One from `acceptedEvent`, with its URL and its payload beside it.
    BatchBuilder& accept(const StreamId& stream, DeliveryAccepted event,
                         const std::string& payload);
    BatchBuilder& accept(const StreamId& stream, const std::string& payload = "{\"a\":1}",
                         const std::string& token = {}, Timestamp due_at = epoch());
    BatchBuilder& start(const StreamId& stream, std::uint32_t attempt = 1,
                        AttemptCause cause = AttemptCause::kFirst);
    BatchBuilder& succeed(const StreamId& stream, std::uint32_t attempt = 1);
    BatchBuilder& fail(const StreamId& stream, std::uint32_t attempt,
                       std::optional<Timestamp> retry_at);

    /// The lines so far, forgotten here: for an append that is expected to fail.
    Batch take();

    /// Appends the lines so far at the log's head.
    LogHead commit();

private:
    std::uint64_t nextPosition(const StreamId& stream);

    EventLog& log_;
    Batch batch_;
    std::map<StreamId, std::uint64_t> pending_;  ///< newest position of a stream in `batch_`
    std::int64_t lines_ = 0;
};

}  // namespace waybill::test
