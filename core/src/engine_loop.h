// The ring: inbox → decide → append → fold → reply → dispatch, and outcomes back into the inbox.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "command.h"
#include "inbox.h"
#include "schedule.h"
#include "waybill/engine.h"
#include "waybill/worker_thread.h"

namespace waybill {

/// Owns all mutable state of an engine. One thread calls `tick`, in production the engine's, in a
/// simulation the test's; nothing in here waits, sleeps or looks at a clock.
///
/// State is folded in place while a batch is put together, and nobody outside sees it before the
/// batch is committed. When a commit fails, all of it is thrown away and read again from the log:
/// memory is never ahead of what is durable, and there is no second way to undo.
class EngineLoop {
public:
    EngineLoop(EventLog& log, Transport& transport, EngineOptions options, Entropy& entropy,
               std::shared_ptr<Inbox> inbox);

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

    std::size_t inFlight() const { return in_flight_; }

    /// Any thread.
    EngineHealth health() const;

private:
    struct OpenDelivery : Schedule::Entry {
        Delivery state{};
        Bytes payload{};              ///< null: read from the log when it is needed
        bool payload_cached = false;  ///< counted in cached_payload_bytes_
        bool touched = false;         ///< is in touched_
        std::uint32_t on_wire = 0;  ///< the attempt whose outcome will come, counted in in_flight_
        std::optional<Destination> destination{};
    };
    /// Told once the batch is committed, or why it is not.
    using AfterCommit = std::function<void(const Refusal*)>;

    // deciding
    void decide(Command& command, Instant now);
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
    void decide(CheckRequestCommand& command, Instant now);
    void decide(SetSigningKeysCommand& command, Instant now);
    void decide(Outcome& outcome, Instant now);
    void startDue(Instant now);

    // staging
    template <typename Value>
    void answer(Engine::Reply<Value> reply, Value value);
    NewEvent& stage(const StreamId& stream, std::uint64_t position, std::string_view actor,
                    Decided&& decided, Timestamp now);
    /// Stages an event in a stream that is not a delivery's, and folds it.
    template <typename State>
    void stageOn(const StreamId& stream, State& state, std::string_view actor, Decided&& decided,
                 Timestamp now);
    void stageOn(OpenDelivery& delivery, std::string_view actor, Decided&& decided, Instant now);
    void schedule(OpenDelivery& delivery, Instant now);
    void touch(OpenDelivery& delivery);
    OpenDelivery& accept(const StreamId& id, std::string_view actor, Decided&& decided,
                         Instant now);
    OpenDelivery* findWithDestination(const StreamId& id);
    Result<Delivery> redeliver(OpenDelivery& delivery, const Redelivery& redelivery,
                               std::string salt, Instant now);
    bool replay(SubmitCommand& command, Instant now);
    OpenDelivery* findDelivery(const StreamId& id);
    std::optional<Response> findResponse(const StreamId& id);
    void keep(const Response& response);
    EndpointState& endpointState(const std::string& endpoint);

    // committing and what follows
    void commit(Instant now);
    void clearBatch();
    void append();
    void dispatch(OpenDelivery& delivery, Timestamp now);
    void close(OpenDelivery& delivery);
    void forgetResponse(const StreamId& id);
    void cachePayload(OpenDelivery& delivery, Bytes payload);
    void dropPayload(OpenDelivery& delivery);

    // the log fails and comes back
    void forgetAll();
    void loadMore(Instant now);
    bool isOnOurWire(OpenDelivery& delivery);
    void guard(Instant now, const std::function<void()>& step);
    void fail(const std::string& problem, Instant now);
    void tryReopen(Instant now);
    /// What a host throws is its own affair: the log is as good as before.
    template <typename Callback, typename... Facts>
    static void tellHost(const Callback& callback, const Facts&... facts) noexcept {
        if (callback) contained(nullptr, "", [&] { callback(facts...); });
    }
    void refuseCommands(std::span<const std::unique_ptr<Command>> commands);
    Refusal unavailable() const;
    void publishHealth(Instant now);

    EventLog& log_;
    Transport& transport_;
    EngineOptions options_;
    Entropy& entropy_;
    std::shared_ptr<Inbox> inbox_;

    LogHead head_{};
    Schedule schedule_;
    using OpenDeliveries = std::unordered_map<StreamId, OpenDelivery>;  ///< nodes do not move
    OpenDeliveries open_;
    OpenDeliveries before_;  ///< what was open when the log failed, until it is all read again
    /// Where the log is read next for what is open; nothing: all was read.
    std::optional<std::uint64_t> load_after_;
    std::size_t unloaded_ = 0;  ///< how many are left, about
    std::size_t in_flight_ = 0;
    std::unordered_map<StreamId, Response> responses_;          ///< that are being made
    std::unordered_map<std::string, EndpointState> endpoints_;  ///< paused ones, and those touched
    std::unordered_map<StreamId, std::vector<std::function<void(std::optional<Delivery>)>>>
        watchers_;
    std::size_t cached_payload_bytes_ = 0;

    // the batch in the making
    Batch batch_;
    std::vector<AfterCommit> after_commit_;
    std::vector<OpenDelivery*> started_;
    std::vector<OpenDelivery*> touched_;
    std::vector<StreamId> touched_responses_;

    Inbox::Contents contents_;            ///< what came in with this tick
    std::deque<Outcome> held_outcomes_;   ///< came while the log was down
    std::optional<std::string> problem_;  ///< why the log is down
    bool corrupt_ = false;                ///< it will not come back by itself
    MonotonicTime reopen_at_{};
    bool draining_ = false;

    mutable std::mutex health_mutex_;
    EngineHealth health_;
    MonotonicTime health_at_{};
};

}  // namespace waybill
