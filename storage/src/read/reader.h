// One connection of the read model.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "figures/endpoint_report.h"
#include "figures/stats_report.h"
#include "index/index_connection.h"
#include "index/response_query.h"
#include "log/database.h"
#include "log/derived_table.h"
#include "log/event_table.h"
#include "log/idempotency.h"
#include "read/attachment_reader.h"
#include "read/delivery_listing.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::sqlite {

// What the cursors of listings by creation begin with.
inline constexpr char kResponseCursor = 'r';
inline constexpr char kBulkCursor = 'b';

/// One connection and its statements; used by one call at a time.
class Reader {
public:
    Reader(const std::string& file, OpenMode mode, const DamagedRow& on_damaged_row);

    Database& database() { return database_; }
    EventTable& events() { return events_; }
    /// The stored object, or the one that was stored with the request. Throws DamagedBytes.
    Bytes objectOf(const Response& response);

    // From the index where there is one. Each must be the first read of its transaction.
    Page<DeliveryView> page(const DeliveryFilter& filter, const PageRequest& request,
                            const std::optional<Place>& place);
    std::uint64_t count(const DeliveryFilter& filter);
    std::set<std::string> endpointsOf(const DeliveryFilter& filter);
    WalkedDeliveries walk(const DeliveryFilter& filter, std::int64_t after, std::int64_t before,
                          std::uint32_t limit);
    Result<StatsView> stats(const figures::Window& window);
    /// Also of the endpoint `always`, though it had nothing to do; empty: none.
    Result<figures::EndpointReport> endpoints(const figures::Window& window,
                                              const std::string& always = {});
    /// In words; apart, because the report may have many more endpoints than are shown.
    void tellError(EndpointView& view, figures::EndpointReport& report);
    std::optional<std::uint64_t> indexPosition();
    /// Of a filter that was checked; those created before the one with the key `before` (0: all).
    Page<ResponseView> responses(const ResponseFilter& filter, std::uint32_t limit,
                                 std::int64_t before);
    std::uint64_t countResponses(const ResponseFilter& filter);
    WalkedResponses settledResponses(Timestamp before, std::int64_t after, std::uint32_t limit);

    std::optional<Delivery> delivery(const StreamId& id);
    std::optional<Response> response(const std::string& id);
    std::optional<IdempotentMatch> idempotent(const Digest& key) { return idempotency_.find(key); }
    /// What it sends; null when that was erased. Throws DamagedBytes.
    Bytes payloadOf(const Delivery& delivery);
    DeliveryView show(const Delivery& delivery) { return show(delivery, pausedEndpoints()); }
    DeliveryDetail detail(const Delivery& delivery);
    std::vector<EventView> streamEvents(const StreamId& id);
    std::vector<EventView> events(std::uint64_t after, std::uint32_t limit);

    std::optional<std::int64_t> streamKey(const StreamId& id) { return events_.findStream(id); }
    std::int64_t newestStreamKey() { return database_.number("SELECT max(stream) FROM streams"); }
    std::optional<BulkRedelivery> bulkRedelivery(const StreamId& id);
    std::vector<BulkRedelivery> unfinishedBulkRedeliveries();
    Page<BulkRedelivery> bulkRedeliveries(std::uint32_t limit, std::int64_t before);
    BulkProgress bulkProgress(const StreamId& id);

    EndpointState pauseOf(const std::string& endpoint);

private:
    /// Calls `read(moment)`; again without the index where that is damaged.
    template <typename Read>
    auto withIndex(Read read);
    std::set<std::string> pausedEndpoints();
    std::vector<std::int64_t> responseKeys(const index::ResponseSelection& selection,
                                           const index::KeyBounds& bounds, bool newest_first,
                                           std::size_t limit);
    ResponseView show(const Response& response);
    bool callbackIsOver(const Response& response);
    std::pair<std::string, std::string> reasonIn(const StreamId& response, const char* type);
    BulkProgress passedOver(const StreamId& id);
    DeliveryView show(const Delivery& delivery, const std::set<std::string>& paused);
    std::string shownUrl(const Delivery& delivery);

    Database database_;
    index::IndexConnection index_;
    DerivedTable<Delivery> deliveries_;
    DerivedTable<Response> responses_;
    DerivedTable<EndpointState> endpoints_;
    DerivedTable<BulkRedelivery> bulk_redeliveries_;
    IdempotencyTable idempotency_;
    EventTable events_;
    AttachmentReader attachments_;
    Statement stream_events_;
    Statement all_events_;
    Statement response_by_object_;
    Statement response_reason_;
};

}  // namespace waybill::sqlite
