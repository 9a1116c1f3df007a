// One bulk re-delivery under way.
#pragma once

#include <cstdint>

#include "waybill/admin_api.h"
#include "waybill/bulk_redelivery.h"
#include "waybill/engine.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// How a stretch of a run ended.
enum class RunState {
    kGoesOn,    ///< at `nextAt`
    kHeld,      ///< the engine could not take it; look again a little later
    kPaused,    ///< until somebody resumes it
    kFinished,  ///< all that matched were taken; to be recorded
    kOver       ///< the log says that it has ended
};

/// Where a run is and how fast it may go; takes its deliveries a few at a time. Not thread-safe.
class BulkRun {
public:
    BulkRun(Engine& engine, const sqlite::ReadModel& model, const BulkRedelivery& recorded);

    /// Reads from the log how far it is. Not for every step: it looks through many events.
    void readProgress();

    /// What was last recorded may have survived or not: the next step asks the log.
    void doubt() { in_doubt_ = true; }

    /// Takes what the rate allows by `now`, at most a few. Blocks for a commit or two.
    RunState step(MonotonicTime now);

    /// When the rate allows the next delivery.
    MonotonicTime nextAt() const { return next_at_; }

    const StreamId& id() const { return id_; }
    void setPaused(bool paused, MonotonicTime now);

    std::uint64_t done() const { return done_; }
    std::uint64_t refused() const { return refused_; }

private:
    std::size_t allowance(MonotonicTime now) const;
    RunState take(const sqlite::WalkedDeliveries& stretch);
    void recordRefused(const StreamId& through);
    void pace(std::size_t taken, MonotonicTime now);

    Engine& engine_;
    const sqlite::ReadModel& model_;
    const StreamId id_;
    const std::string actor_;
    const bool actor_claimed_;
    const std::string reason_;
    const DeliveryFilter filter_;
    const std::uint64_t matched_;
    const Duration interval_;  ///< between two deliveries; zero: no limit of its own
    std::int64_t bound_ = 0;   ///< its own stream's key: what came later is not its business
    std::int64_t after_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t refused_ = 0;
    bool paused_ = false;
    bool over_ = false;
    bool in_doubt_ = true;  ///< what it has done must be read from the log
    MonotonicTime next_at_{};
};

}  // namespace waybill::server
