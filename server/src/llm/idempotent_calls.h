// Create calls that carry an Idempotency-Key.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "waybill/clock.h"
#include "waybill/response.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// Makes sure that of calls with the same key one is made and the others get its answer. Any
/// thread.
class IdempotentCalls {
public:
    IdempotentCalls(const sqlite::ReadModel& model, Clock& clock) : model_(model), clock_(clock) {}

    /// Held by the one call that is under way with a key; the next one waits until it is given
    /// back.
    using Turn = std::shared_ptr<void>;

    /// Waits for the key's turn; null when `abandoned` says that nobody waits for it any more.
    Turn enter(const Digest& key, const std::function<bool()>& abandoned);

    /// What became of an earlier call.
    struct Earlier {
        bool same_request = false;
        std::optional<Response> response;  ///< nothing: it made none that is still there
    };

    /// The call that was made with the key in the last 24 hours, if its answer is to be given
    /// again: not that of a call that failed. Throws StoreUnavailable.
    std::optional<Earlier> findEarlier(const IdempotencyKey& key) const;

private:
    void leave(const Digest& key);

    const sqlite::ReadModel& model_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable left_;
    std::set<Digest> under_way_;
};

}  // namespace waybill::server
