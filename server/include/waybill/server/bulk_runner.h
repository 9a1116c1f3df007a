// Re-deliveries of many, step by step.
#pragma once

#include <memory>
#include <string>

#include "waybill/admin_api.h"
#include "waybill/engine.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/worker_thread.h"

namespace waybill::server {

/// Carries out bulk re-deliveries: one thread, which takes their deliveries in the order of
/// acceptance, a few at a time, no faster than each run's rate, and lets the engine be when it is
/// overloaded. What a run has done stands in the log (every `redelivery_requested` names it), so it
/// goes on where it was after a stop or a crash, and no delivery is taken twice. A run never takes
/// what was accepted after it was asked for.
///
/// Life: construct, `start`, use, `stop` (also by the destructor). The verbs are for any thread.
/// Engine and read model must outlive it, and the engine must run until it has stopped.
class BulkRunner {
public:
    /// `on_problem` hears once of each run that cannot go on for now, and why; it is tried again.
    BulkRunner(Engine& engine, const sqlite::ReadModel& model, ProblemReport on_problem = nullptr);
    ~BulkRunner();
    BulkRunner(const BulkRunner&) = delete;
    BulkRunner& operator=(const BulkRunner&) = delete;

    /// Takes up the runs that the log knows as unfinished.
    void start();

    /// Ends after the step under way; what is left is taken up at the next start.
    void stop();

    /// Records a run and begins it, or only counts. Refuses an empty filter unless `all`.
    /// `actor_claimed`: as in RecordedEvent, here and below.
    Result<BulkView> redeliver(const BulkRequest& request, const std::string& actor,
                               bool actor_claimed = false);

    /// Cancels at once, in the calling thread; at most 10,000 in one call.
    Result<BulkView> cancel(const BulkRequest& request, const std::string& actor,
                            bool actor_claimed = false);

    Result<BulkView> find(const StreamId& id) const;
    /// All there have been, newest first.
    Result<Page<BulkView>> list(std::uint32_t limit, const std::string& cursor) const;
    Result<BulkView> change(const StreamId& id, BulkAction action, const std::string& actor,
                            bool actor_claimed = false);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::server
