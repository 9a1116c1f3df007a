// An EventLog in memory that can fail on command.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "waybill/event_log.h"
#include "waybill/stream_state.h"

namespace waybill::test {

/// How an append goes wrong, once.
enum class AppendFault {
    kUnavailable,        ///< nothing is written, StoreUnavailable
    kIndeterminateKept,  ///< StoreIndeterminate, and `reopen` finds the batch
    kIndeterminateLost   ///< StoreIndeterminate, and `reopen` does not find it
};

/// Keeps everything until it is destroyed: a new engine on the same MemoryLog is a restart.
/// Unlike an EventLog in general it may be called from several threads, so that a test can look
/// into it while an engine runs.
class MemoryLog : public EventLog {
public:
    explicit MemoryLog(std::string log_id = std::string(32, '0'));

    /// The next append fails in this way; later ones do not.
    void failNextAppend(AppendFault fault);

    /// The next `times` calls of `reopen` throw StoreUnavailable.
    void failNextReopens(int times);

    std::string logId() const override;
    LogHead head() const override;
    LogHead append(Batch& batch, const LogHead& expected_head) override;
    void reopen() override;
    void maintain(bool busy) override;
    std::vector<RecordedEvent> readStream(const StreamId& stream) const override;
    std::uint64_t streamPosition(const StreamId& stream) const override;
    std::vector<RecordedEvent> readAll(std::uint64_t after, std::size_t limit) const override;
    void visitOpenDeliveries(
        std::uint64_t after, std::size_t limit, const std::function<void(Delivery)>& visit,
        const std::function<void(const CorruptLog&)>& unreadable) const override;
    std::size_t openDeliveryCount() const override;
    std::optional<Delivery> findDelivery(const StreamId& delivery) const override;
    std::optional<Delivery> findDeliveryAcceptedAt(std::uint64_t global_position) const override;
    std::vector<StreamId> openResponses() const override;
    std::vector<EndpointState> pausedEndpoints() const override;
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) const override;
    Bytes readPayload(std::uint64_t global_position) const override;
    std::optional<Destination> readDestination(std::uint64_t global_position) const override;
    std::optional<StoredRequest> readRequest(std::uint64_t global_position) const override;
    Bytes readPayloadOf(const Delivery& delivery) const override;

    /// Changes what lies beside the event with this global position, as a disk or a hand would:
    /// what is read then is DamagedBytes.
    void tamper(std::uint64_t global_position, const std::function<void(Attachments&)>& change);

    /// What came back from the attempt whose outcome has this global position.
    std::optional<Exchange> readExchange(std::uint64_t global_position) const;

private:
    using States = std::unordered_map<StreamId, StreamState>;

    States foldInto(Batch& batch) const;
    void commit(const Batch& batch, States changed);
    void rememberAttachments(const NewEvent& appended);
    void erasePayload(const StreamId& stream);
    void eraseRequests(const StreamId& stream);
    std::uint64_t payloadPosition(const StreamId& stream) const;
    LogHead headLocked() const;
    const Attachments& attachmentsAt(std::uint64_t global_position) const;
    const Attachments& untamperedAt(std::uint64_t global_position) const;
    const RecordedEvent* eventAt(std::uint64_t global_position) const;
    std::vector<RecordedEvent> streamLocked(const StreamId& stream) const;
    Bytes payloadLocked(std::uint64_t global_position) const;
    void requireWorking() const;
    template <typename State>
    std::vector<State> statesWhere(bool (*wanted)(const State&)) const;
    std::vector<Delivery> openDeliveries() const;

    const std::string log_id_;
    mutable std::mutex mutex_;
    std::vector<RecordedEvent> events_;
    std::unordered_map<StreamId, std::vector<std::size_t>> events_of_;  ///< indices in `events_`
    States states_;
    std::unordered_map<std::uint64_t, Attachments> attachments_;
    std::unordered_map<std::uint64_t, Attachments> untampered_;  ///< of those that were changed
    std::map<Digest, IdempotentMatch> idempotency_;
    std::optional<AppendFault> next_fault_;
    int failing_reopens_ = 0;
    bool indeterminate_ = false;
};

}  // namespace waybill::test
