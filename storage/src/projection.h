// The derived tables: what the fold says now, kept as rows in the transaction of the events.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "database.h"
#include "derived_table.h"
#include "idempotency.h"
#include "waybill/event_log.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// Writes and reads folded states. It interprets nothing: what a state is, the fold in core says.
class Projection {
public:
    explicit Projection(Database& database);

    /// The state of a stream; `std::monostate` where no derived table has a row that was written
    /// so.
    StreamState find(std::int64_t key);

    void insert(std::int64_t key, const StreamState& state);
    void update(std::int64_t key, const StreamState& state);

    /// The newest acceptance under a key is the one that counts.
    void rememberIdempotency(std::int64_t key, const RecordedEvent& accepted);

    std::optional<Delivery> findDelivery(std::int64_t key) { return deliveries_.find(key); }
    std::optional<Response> findResponse(std::int64_t key) { return responses_.find(key); }
    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit);
    std::size_t openDeliveryCount();
    std::vector<StreamId> openResponses();
    std::vector<EndpointState> pausedEndpoints();
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) {
        return idempotency_.find(key);
    }

    /// After a rollback: what this object believes to have written was not.
    void forget() { told_ = {}; }

private:
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
    Statement remember_idempotency_;
    Statement open_deliveries_;
    Statement open_responses_;
    Statement touched_endpoints_;
    Statement endpoints_without_row_;
    Statement tell_not_empty_;
    Told told_;
};

}  // namespace waybill::sqlite
