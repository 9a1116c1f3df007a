// The derived tables: what the fold says now, kept as rows in the transaction of the events.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "log/database.h"
#include "log/derived_table.h"
#include "log/idempotency.h"
#include "log/row_sums.h"
#include "waybill/event_log.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// The rows of what is open are not those that were written, though each fits its digest: one is
/// missing, was added, or changed by somebody who computed the digest. The tables must be made
/// anew.
class DerivedRowsDiffer : public StoreUnavailable {
public:
    explicit DerivedRowsDiffer(const std::string& message) : StoreUnavailable(message) {}
};

/// Writes and reads folded states. It interprets nothing: what a state is, the fold in core says.
class Projection {
public:
    explicit Projection(Database& database);

    /// The state of a stream; `std::monostate` where no derived table has a row that was written
    /// so.
    StreamState find(std::int64_t key);

    /// What a stream in this state adds to the sums of its table.
    Share shareOf(std::int64_t key, const StreamState& state) const;
    /// Writes the row of a stream that added `before`; returns what it adds now.
    Share insert(std::int64_t key, const StreamState& state);
    Share update(std::int64_t key, const StreamState& state, const Share& before);

    /// The newest acceptance under a key is the one that counts.
    void rememberIdempotency(std::int64_t key, const RecordedEvent& accepted);

    /// At the end of a transaction that wrote rows; it ends with the event at `position`. The sums
    /// are written with the first one that makes it 256 events since they were.
    void finish(std::uint64_t position);
    void committed();
    /// After a rollback: what this object believes to have written was not.
    void forget();
    /// The end of a transaction that made all rows.
    void finishAll(std::uint64_t position);
    void readSums() { catchUp(sums_.read().value_or(0)); }

    /// Holds the rows that a start goes on with, and those that an object's id or an idempotency
    /// key leads to, against `derived_sums`, and says in words where they differ; nothing: nowhere.
    /// Open deliveries, responses and keys only while there are not more than 50,000 of them: more
    /// deliveries are compared by `visitOpenDeliveries`, the others not at all.
    std::string difference();

    std::optional<Delivery> findDelivery(std::int64_t key) { return deliveries_.find(key); }
    std::optional<Response> findResponse(std::int64_t key) { return responses_.find(key); }
    // What the events say, for what is decided on it.
    std::optional<Delivery> recordedDelivery(std::int64_t key) { return deliveries_.recorded(key); }
    std::optional<Response> recordedResponse(std::int64_t key) { return responses_.recorded(key); }
    /// Throws DerivedRowsDiffer after the last one of a walk that began with the first one, when
    /// they were not all.
    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit,
                             const std::function<void(const CorruptLog&)>& unreadable);
    std::size_t openDeliveryCount() const;
    std::vector<StreamId> openResponses();
    std::vector<EndpointState> pausedEndpoints();
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) {
        return idempotency_.find(key);
    }

private:
    /// A walk through what is open. It counts what it has met as it is now, not as it was then.
    struct Walk {
        std::uint64_t reached_at = 0;  ///< global position of the acceptance of the last one
        std::int64_t reached = 0;      ///< its key
        RowSum met{};
        RowSum changes{};  ///< to what it has met, by the transaction in hand
    };

    template <typename State>
    Share write(DerivedTable<State>& table, bool& told, std::int64_t key, const State& state,
                bool is_new);
    Share write(std::int64_t key, const StreamState& state, bool is_new);
    void count(const StreamState& state, std::int64_t key, const Share& before, const Share& after);
    void catchUp(std::uint64_t position);
    void visitLeftOut(const std::function<void(const CorruptLog&)>& unreadable);
    bool visitPortion(std::uint64_t after, std::size_t limit,
                      const std::function<void(Delivery)>& visit,
                      const std::function<void(const CorruptLog&)>& unreadable);
    std::string differenceOf(Summed rows, const RowSum& found) const;
    /// Notes that a table has rows, so that a start can tell an emptied one from an empty one.
    void tellNotEmpty(const char* table, bool& told);

    struct Told {
        bool deliveries = false;
        bool responses = false;
        bool endpoints = false;
        bool bulk_redeliveries = false;
        bool idempotency = false;
    };

    Database& database_;
    DerivedTable<Delivery> deliveries_;
    DerivedTable<Response> responses_;
    DerivedTable<EndpointState> endpoints_;
    DerivedTable<BulkRedelivery> bulk_redeliveries_;
    IdempotencyTable idempotency_;
    RowSums sums_;
    Statement open_deliveries_;
    Statement open_responses_;
    Statement left_out_;
    Statement touched_endpoints_;
    Statement all_bulk_redeliveries_;
    Statement tell_not_empty_;
    Told told_;
    std::optional<Walk> walk_;
    std::uint64_t summed_at_ = 0;  ///< what `derived_state` says, when that is committed
    bool write_sums_ = false;      ///< with the transaction in hand, or the one after a rollback
    std::size_t remembered_ = 0;   ///< keys, since old ones were removed
    Timestamp remembered_at_{};    ///< the newest of them
};

}  // namespace waybill::sqlite
