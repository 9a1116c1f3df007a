// One connection of the read model.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "attachment_reader.h"
#include "database.h"
#include "delivery_scan.h"
#include "derived_table.h"
#include "event_table.h"
#include "figures/endpoint_report.h"
#include "figures/stats_report.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::sqlite {

/// One connection and its statements; used by one call at a time.
class Reader {
public:
    Reader(const std::string& file, OpenMode mode);

    Database& database() { return database_; }
    EventTable& events() { return events_; }
    AttachmentReader& attachments() { return attachments_; }

    Page<DeliveryView> page(const DeliveryFilter& filter, const PageRequest& request,
                            const std::optional<Place>& place);
    std::uint64_t count(const DeliveryFilter& filter) {
        return DeliveryScan(database_).count(filter);
    }
    std::uint64_t countEndpoints(const DeliveryFilter& filter) {
        return DeliveryScan(database_).countEndpoints(filter);
    }
    WalkedDeliveries walk(const DeliveryFilter& filter, std::int64_t after, std::int64_t before,
                          std::uint32_t limit) {
        return DeliveryScan(database_).walk(filter, after, before, limit);
    }
    std::optional<Delivery> delivery(const StreamId& id);
    std::optional<Response> response(const std::string& id);
    std::uint64_t payloadPosition(const Delivery& delivery);
    DeliveryView show(const Delivery& delivery) { return show(delivery, pausedEndpoints()); }
    DeliveryDetail detail(const Delivery& delivery);
    std::vector<EventView> streamEvents(const StreamId& id);
    std::vector<EventView> events(std::uint64_t after, std::uint32_t limit);

    std::optional<std::int64_t> streamKey(const StreamId& id) { return events_.findStream(id); }
    std::int64_t newestStreamKey() { return database_.number("SELECT max(stream) FROM streams"); }
    std::optional<BulkRedelivery> bulkRedelivery(const StreamId& id);
    std::vector<BulkRedelivery> unfinishedBulkRedeliveries();
    BulkProgress bulkProgress(const StreamId& id);

    Result<StatsView> stats(const figures::Window& window);
    Result<figures::EndpointReport> endpoints(const figures::Window& window);
    EndpointState pauseOf(const std::string& endpoint);

private:
    std::set<std::string> pausedEndpoints();
    DeliveryView show(const Delivery& delivery, const std::set<std::string>& paused);

    Database database_;
    DerivedTable<Delivery> deliveries_;
    DerivedTable<Response> responses_;
    DerivedTable<EndpointState> endpoints_;
    DerivedTable<BulkRedelivery> bulk_redeliveries_;
    EventTable events_;
    AttachmentReader attachments_;
    Statement stream_events_;
    Statement all_events_;
    Statement response_by_object_;
};

}  // namespace waybill::sqlite
