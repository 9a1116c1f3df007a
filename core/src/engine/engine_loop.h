// The ring: take → decide → stage → append → tell → dispatch → forget, and outcomes back into it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "domain/command.h"
#include "engine/client_accounts.h"
#include "engine/host_fence.h"
#include "engine/inbox.h"
#include "engine/schedule.h"
#include "waybill/engine.h"
#include "waybill/errors.h"

namespace waybill {

/// Owns all mutable state of an engine. One thread calls `tick`, in production the engine's, in a
/// simulation the test's; nothing in here waits, sleeps or looks at a clock.
///
/// Three things are known here, and each has one owner:
///   what is durable: the log. States are folded in place while a batch is put together, and nobody
///     outside sees them before it is committed. When a commit fails they are all thrown away and
///     read again: memory is never ahead of the log, and there is no second way to undo;
///   what is on the wire, and how it ended: `on_wire_` and `outcomes_`. They know more than the
///     log, so nothing of them is thrown away before a commit has made it durable;
///   who waits for an answer: the ReplyOnce in each command, which answers by itself when it is
///     dropped. So whatever throws drops a batch and leaves nobody waiting.
class EngineLoop {
public:
    /// `fence` null: one of its own.
    EngineLoop(EventLog& log, Transport& transport, EngineOptions options, Entropy& entropy,
               std::shared_ptr<Inbox> inbox, std::shared_ptr<HostFence> fence = nullptr);

    /// Reads what is open, abandons what was on the wire: the first thousands now, the rest with
    /// each `tick`. Throws CorruptLog; when the log is unavailable the loop is down and `tick`
    /// tries again.
    void recover(Instant now);

    /// Once round the ring. Returns when to call again at the latest.
    MonotonicTime tick(Instant now);

    /// Starts no further attempt.
    void drain() { draining_ = true; }

    /// Answers everybody who waits, for the last time.
    void abort(const std::string& why);

    /// Attempts whose end is not durable yet.
    std::size_t inFlight() const { return on_wire_.size(); }

    /// Any thread.
    EngineHealth health() const;

private:
    /// A delivery in memory. What waits is known to the schedule alone; its state is read when it
    /// is due.
    struct Held {
        Delivery state{};
        std::optional<Destination> destination{};
        Bytes payload{};         ///< counts against the budget; null: read when it is needed
        std::string damage{};    ///< why it cannot be sent, found before its attempt was started
        std::size_t cached = 0;  ///< bytes counted in cached_payload_bytes_
        bool touched = false;    ///< is in touched_
    };

    /// Whom an event names, and whether the name is only claimed (see RecordedEvent).
    struct Actor {
        Actor(std::string_view who) : name(who) {}
        Actor(const std::string& who) : name(who) {}
        Actor(std::string_view who, bool is_claimed) : name(who), claimed(is_claimed) {}

        std::string_view name;
        bool claimed = false;
    };

    struct Flight {
        std::uint32_t attempt = 0;  ///< 0: there is none
        std::string client{};
        std::string endpoint{};
        std::string token{};  ///< to be masked in what comes back
    };
    /// An attempt that the transport has, until its outcome is durable, and the one that the batch
    /// in hand starts, until it is handed over.
    struct OnWire {
        Schedule::Key key = 0;
        Flight flight{};
        bool decided = false;  ///< its outcome is in the batch in hand
        Flight staged{};
    };

    template <typename Value>
    struct Answered {
        ReplyOnce<Value> reply;
        Result<Value> result;
    };
    /// Answered with the state after the whole batch.
    struct AnsweredSubmission {
        ReplyOnce<Accepted> reply;
        const Held* delivery;
    };
    using Pending = std::variant<AnsweredSubmission, Answered<Accepted>, Answered<Delivery>,
                                 Answered<Response>, Answered<BulkRedelivery>,
                                 Answered<EndpointState>, Answered<AttemptRequest>, Answered<Done>>;

    /// Deliveries in memory that only wait, at some 1.2 KiB each; more are known to the schedule
    /// alone.
    static constexpr std::size_t kMaxHeld = 16384;

    struct Watcher {
        std::uint64_t number;
        ReplyOnce<Delivery> reply;
    };

    // deciding (engine_commands.cpp). What a command reads, it reads before it stages anything.
    void decideAll(Instant now);
    void decide(SubmitCommand& command, Instant now);
    void decide(RedeliverCommand& command, Instant now);
    void decide(CancelCommand& command, Instant now);
    void decide(CreateResponseCommand& command, Instant now);
    void decide(CompleteResponseCommand& command, Instant now);
    void decide(DeleteResponseCommand& command, Instant now);
    void decide(LateCallbackCommand& command, Instant now);
    void decide(BulkCommand& command, Instant now);
    void decide(PauseCommand& command, Instant now);
    void decide(ResumeCommand& command, Instant now);
    void decide(WatchCommand& command, Instant now);
    void decide(UnwatchCommand& command, Instant now);
    void decide(CheckRequestCommand& command, Instant now);
    void decide(AccessCommand& command, Instant now);
    void decide(SetSigningKeysCommand& command, Instant now);
    void decide(const Outcome& outcome, Instant now);
    bool replay(SubmitCommand& command, Instant now);
    std::optional<Refusal> refuseLimited(const DeliveryAccepted& submitted, Instant now);
    Result<Delivery> redeliver(Held& delivery, const Redelivery& redelivery, std::string salt,
                               Instant now);
    template <typename Value>
    void answer(ReplyOnce<Value>& reply, std::type_identity_t<Result<Value>> result);

    // starting what is due
    enum class Load { kReady, kNoRoom, kNoRoomForClient };
    void startDue(Instant now);
    Held* heldForStart(Schedule::Key key);
    Load load(Held& delivery);
    Load loadPayload(Held& delivery);
    Bytes stagedPayload(const Delivery& delivery) const;
    void start(Held& delivery, Schedule::Key key, Instant now);
    bool dropCachedPayloads();
    void waitInLineAgain();
    const std::shared_ptr<ByteBudget>& memoryOf(const std::string& client);
    void failDamaged(Held& delivery, Schedule::Key key, Instant now);

    // staging
    NewEvent& stage(const StreamId& stream, std::uint64_t position, Actor actor, Decided&& decided,
                    Timestamp now);
    /// Stages an event in a stream that is not a delivery's, and folds it.
    template <typename State>
    void stageOn(const StreamId& stream, State& state, Actor actor, Decided&& decided,
                 Timestamp now);
    void stageOn(Held& delivery, Actor actor, Decided&& decided, Instant now);
    void schedule(const Delivery& state, Instant now);
    void countPending(const Delivery& state, bool was_live);
    void touch(Held& delivery);
    Held& hold(Delivery state);

    // finding
    Held& accept(const StreamId& id, Actor actor, Decided&& decided, Instant now);
    void refuseSetAside(const StreamId& stream) const;
    Held* findDelivery(const StreamId& id);
    Held* findWithDestination(const StreamId& id);
    Held* findCallback(const Response& response);
    std::optional<Response> findResponse(const StreamId& id);
    void keep(const Response& response);
    EndpointState& endpointState(const std::string& endpoint);

    // committing and what follows
    void commit(Instant now);
    void append();
    void settleWire();
    static void give(Pending& pending);
    void dispatch(Held& delivery, Timestamp now);
    void forget();
    void erase(Held& delivery);
    void clearBatch();
    void cachePayload(Held& delivery, const Bytes& payload);
    void dropPayload(Held& delivery);
    void tellWatchers(const Delivery& state);

    // the log fails and comes back (engine_recovery.cpp)
    void readAgain(Instant now);
    void loadMore(Instant now);
    bool isOnOurWire(const Delivery& delivery) const;
    void guard(Instant now, const std::function<void()>& step);
    void fail(std::string problem, Instant now);
    void tryReopen(Instant now);
    void checkWatched();
    void setAside(const CorruptLog& error);
    void noticeClockStep(Instant now);

    Schedule emptySchedule();
    void take();
    void dropCommands();
    template <typename Callback, typename... Facts>
    void tellHost(std::string_view name, const Callback& callback, const Facts&... facts) noexcept {
        if (callback) fence_->call(name, [&] { callback(facts...); });
    }
    void publishHealth(Instant now);

    EventLog& log_;
    Transport& transport_;
    EngineOptions options_;
    std::shared_ptr<HostFence> fence_;
    FencedEntropy entropy_;
    std::shared_ptr<Inbox> inbox_;

    ClientAccounts accounts_;

    // what the log says
    LogHead head_{};
    Schedule schedule_;
    std::unordered_map<StreamId, Held> held_;  ///< nodes do not move
    std::unordered_map<Schedule::Key, Held*> held_at_;
    std::unordered_map<StreamId, Response> responses_;          ///< that are being made
    std::unordered_map<std::string, EndpointState> endpoints_;  ///< paused ones
    std::unordered_set<StreamId> set_aside_;                    ///< cannot be read
    std::optional<std::uint64_t> load_after_;  ///< where it is read next; nothing: all was read
    std::size_t unloaded_ = 0;                 ///< how many open ones are left, about
    /// Payloads of pending deliveries count from their acceptance on, those that were accepted
    /// before the log was read (up to `accepted_before_`) once they were loaded (up to `counted_`).
    std::uint64_t accepted_before_ = 0;
    std::uint64_t counted_ = 0;
    std::size_t cached_payload_bytes_ = 0;
    std::unordered_map<std::string, std::shared_ptr<ByteBudget>> client_memory_;

    // what the wire says
    std::unordered_map<StreamId, OnWire> on_wire_;
    std::vector<Outcome> outcomes_;  ///< that are not durable yet

    // who waits
    std::unordered_map<StreamId, std::vector<Watcher>> watchers_;

    // the batch in the making
    Inbox::Contents contents_;
    Batch batch_;
    std::vector<Pending> pending_;
    std::vector<Held*> started_;
    std::vector<Held*> touched_;
    std::vector<StreamId> touched_responses_;
    std::vector<std::string> touched_endpoints_;

    std::optional<std::string> problem_;  ///< why the log is down
    MonotonicTime reopen_at_{};
    bool draining_ = false;
    bool no_room_ = false;  ///< what is due waits for the payload budget
    /// It is next: taken from the schedule, for which it is on the wire, and without room.
    std::optional<Schedule::Key> no_room_for_;
    std::optional<Duration> wall_offset_;  ///< of the wall clock from the monotonic one

    mutable std::mutex health_mutex_;
    EngineHealth health_;
    MonotonicTime health_at_{};
};

}  // namespace waybill
