// Queries on the derived tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "waybill/admin_api.h"
#include "waybill/bulk_redelivery.h"
#include "waybill/bytes.h"
#include "waybill/event_log.h"
#include "waybill/response.h"
#include "waybill/views.h"

namespace waybill::sqlite {

/// One delivery on a walk.
struct WalkedDelivery {
    std::int64_t key = 0;  ///< of its stream: ascending in the order of acceptance
    StreamId id{};
    std::string endpoint{};
    bool sendable = true;  ///< false: on the wire, or its payload was erased
};

/// A stretch of a walk. `done`: nothing more matches below the bound; otherwise go on after
/// `reached` (which may be beyond the last one found).
struct WalkedDeliveries {
    std::vector<WalkedDelivery> found{};
    std::int64_t reached = 0;
    bool done = false;
};

/// How far a bulk re-delivery has come, by the log.
struct BulkProgress {
    std::uint64_t redelivered = 0;  ///< `redelivery_requested` events that name it
    std::uint64_t refused = 0;      ///< by its newest `bulk_redelivery_refused`
    std::int64_t newest_key = 0;  ///< the highest stream key among the deliveries of both; 0: none
};

/// A stretch of a walk over responses.
struct WalkedResponses {
    std::vector<StreamId> found{};
    std::int64_t reached = 0;  ///< where the next stretch begins
    bool done = false;
};

/// Read-only queries over its own connections; any thread (each call borrows a connection from a
/// small pool). Sees what was committed when the call began. Throws StoreUnavailable when the file
/// cannot be read.
class ReadModel {
public:
    /// `file`: `…/waybill.db`. Opens read-only; `immutable` only for a file that no process writes.
    explicit ReadModel(std::string file, bool immutable = false);
    ~ReadModel();
    ReadModel(const ReadModel&) = delete;
    ReadModel& operator=(const ReadModel&) = delete;

    /// Newest first, keyset pages: a page neither skips nor repeats while new deliveries arrive.
    /// A bad cursor, or one of another order, is a Refusal.
    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) const;

    /// In any order. `kNextAttempt` lists only what has a next attempt. In the orders `kUpdated`
    /// and `kNextAttempt` a delivery that changes between two pages may move across the place where
    /// they meet; those that do not change are neither skipped nor repeated.
    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter,
                                          const PageRequest& page) const;

    Result<std::uint64_t> countDeliveries(const DeliveryFilter& filter) const;

    /// The different endpoints that the deliveries of a filter have.
    Result<std::set<std::string>> endpointsOf(const DeliveryFilter& filter) const;

    /// The deliveries of a filter in the order of acceptance, those with `after < key < before`;
    /// `before` 0: no bound. For runs that go through all of them: what changes so that it matches
    /// no more is left out from then on, what comes later than the bound never joins. A run's
    /// natural bound is the key of its own stream (`streamKey`).
    Result<WalkedDeliveries> walkDeliveries(const DeliveryFilter& filter, std::int64_t after,
                                            std::int64_t before, std::uint32_t limit) const;

    /// Keys are given to streams in the order of their first events.
    std::optional<std::int64_t> streamKey(const StreamId& id) const;
    std::int64_t newestStreamKey() const;  ///< 0 in an empty log

    std::optional<BulkRedelivery> bulkRedelivery(const StreamId& id) const;
    std::vector<BulkRedelivery> unfinishedBulkRedeliveries() const;  ///< can go on; oldest first

    /// All of them, newest first. A bad cursor is a Refusal.
    Result<Page<BulkRedelivery>> bulkRedeliveries(std::uint32_t limit,
                                                  const std::string& cursor) const;

    /// Reads the events since its request once; for a resumption, not for a poll.
    BulkProgress bulkProgress(const StreamId& id) const;

    /// Endpoints with anything in the window, waiting or paused; worst first, at most 1,000. The
    /// window ends with `now` and is made of whole minutes (up to six hours), else of whole hours;
    /// at most 90 days. Refused (`kUnavailable`) while the index is made and there are too many
    /// events to count them now.
    Result<Page<EndpointView>> endpoints(Duration window, Timestamp now) const;

    /// One of them; for an unknown endpoint all zero and `idle`.
    Result<EndpointView> endpoint(const std::string& name, Duration window, Timestamp now) const;

    /// `step` is a whole number of minutes, and of hours where the window reaches back more than
    /// two days (else it is rounded up); steps lie on multiples of it and the last one holds `now`.
    /// Refused: no window, more than 1,000 steps, and as for `endpoints`.
    Result<StatsView> stats(Duration window, Duration step, Timestamp now) const;

    std::optional<Delivery> findDelivery(const StreamId& id) const;
    std::optional<DeliveryView> delivery(const StreamId& id) const;

    /// With attempts, request (secrets masked) and answer; a damaged answer is left out, in words.
    std::optional<DeliveryDetail> deliveryDetail(const StreamId& id) const;

    /// A stream's, or those of the response with this object id.
    std::vector<EventView> streamEvents(const StreamId& id) const;
    std::vector<EventView> events(std::uint64_t after, std::uint32_t limit) const;

    /// Null when erased or unknown. Throws DamagedBytes when it is not what was stored.
    Bytes payload(const StreamId& delivery) const;

    /// By object id (what clients know), or by stream id.
    std::optional<Response> findResponse(const std::string& id) const;

    /// Newest first, keyset pages: a page neither skips nor repeats while new responses arrive. A
    /// bad filter or cursor is a Refusal. `expires_at` is left empty: it is the host's affair.
    Result<Page<ResponseView>> responses(const ResponseFilter& filter, std::uint32_t limit,
                                         const std::string& cursor) const;
    Result<std::uint64_t> countResponses(const ResponseFilter& filter) const;

    /// Streams of stored responses whose newest event is older than a moment and that owe no
    /// callback any more, in the order of creation; of the next `limit` that are old enough after
    /// `after` (0: from the first).
    WalkedResponses settledResponses(Timestamp before, std::int64_t after,
                                     std::uint32_t limit) const;

    /// The newest stream that was made under an idempotency key, and when.
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) const;

    /// The stored object's bytes; for one that is not completed, the object that came with its
    /// request. Null when erased. Throws DamagedBytes when they are not what was stored.
    Bytes responseObject(const Response& response) const;

    LogHead head() const;
    std::string logId() const;

    /// Global position up to which an index (indexer.h) answers listings and figures; what is newer
    /// is read from the log. Nothing: all of it is.
    std::optional<std::uint64_t> indexPosition() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::sqlite
