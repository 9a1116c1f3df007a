// Queries on the derived tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "waybill/admin_api.h"
#include "waybill/bytes.h"
#include "waybill/response.h"
#include "waybill/views.h"

namespace waybill::sqlite {

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
    /// `client` restricts to one client's own where it is not empty. A bad cursor is a Refusal.
    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) const;

    std::optional<Delivery> findDelivery(const StreamId& id) const;
    std::optional<DeliveryView> delivery(const StreamId& id) const;

    /// With attempts, what came back, and the request as it was sent (secrets masked).
    std::optional<DeliveryDetail> deliveryDetail(const StreamId& id) const;

    /// A stream's, or those of the response with this object id.
    std::vector<EventView> streamEvents(const StreamId& id) const;
    std::vector<EventView> events(std::uint64_t after, std::uint32_t limit) const;

    /// Null when erased or unknown.
    Bytes payload(const StreamId& delivery) const;

    /// By object id (what clients know), or by stream id.
    std::optional<Response> findResponse(const std::string& id) const;

    /// The stored object's bytes; for one that is not completed, the object that was stored with
    /// its request.
    Bytes responseObject(const Response& response) const;

    LogHead head() const;
    std::string logId() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::sqlite
