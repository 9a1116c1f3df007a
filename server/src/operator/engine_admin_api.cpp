#include "waybill/server/engine_admin_api.h"

#include "waybill/clock.h"
#include "waybill/version.h"

namespace waybill::server {
namespace {

constexpr std::string_view kNoSuchDelivery = "There is no delivery with this id.";

Refusal noSuchDelivery() {
    return {RefusalCode::kNotFound, std::string(kNoSuchDelivery), "id"};
}

}  // namespace

Result<Page<DeliveryView>> EngineAdminApi::deliveries(const DeliveryFilter& filter,
                                                      std::uint32_t limit,
                                                      const std::string& cursor) {
    return model_.deliveries(filter, limit, cursor);
}

Result<DeliveryDetail> EngineAdminApi::delivery(const StreamId& id) {
    std::optional<DeliveryDetail> detail = model_.deliveryDetail(id);
    if (!detail) return noSuchDelivery();
    return std::move(*detail);
}

Result<Page<EventView>> EngineAdminApi::deliveryEvents(const StreamId& id) {
    Page<EventView> page;
    page.data = model_.streamEvents(id);
    if (page.data.empty()) return noSuchDelivery();
    return page;
}

Result<Bytes> EngineAdminApi::payload(const StreamId& id) {
    if (!model_.findDelivery(id)) return noSuchDelivery();
    Bytes payload = model_.payload(id);
    if (!payload)
        return Refusal{RefusalCode::kErased, "The payload of this delivery was erased.", ""};
    return payload;
}

Result<Page<EventView>> EngineAdminApi::events(std::uint64_t after, std::uint32_t limit) {
    Page<EventView> page;
    page.data = model_.events(after, limit);
    if (page.data.size() == limit)
        page.next_cursor = std::to_string(page.data.back().global_position);
    return page;
}

Result<DeliveryView> EngineAdminApi::redeliver(const StreamId& id, const std::string& reason,
                                               const std::optional<std::string>& url,
                                               const std::optional<std::string>& token) {
    return shown(engine_.redeliver(Redelivery{id, actor_, reason, url, token}));
}

Result<DeliveryView> EngineAdminApi::cancel(const StreamId& id, const std::string& reason) {
    return shown(engine_.cancel(Cancellation{id, actor_, reason}));
}

Result<InfoView> EngineAdminApi::info() {
    const EngineHealth health = engine_.health();
    const LogHead head = model_.head();
    InfoView info = about_;
    info.version = version();
    info.log_id = model_.logId();
    info.head_position = head.global_position;
    info.head_hash = toHex(head.hash);
    info.now = systemClock().now().wall;
    info.ready = health.ready;
    info.problem = health.problem;
    info.actor = actor_;
    info.role = "admin";
    info.source = "daemon";
    return info;
}

/// What was committed is what the derived tables show.
Result<DeliveryView> EngineAdminApi::shown(const Result<Delivery>& changed) const {
    if (!changed) return changed.refusal();
    std::optional<DeliveryView> view = model_.delivery(changed->id);
    if (!view) return noSuchDelivery();
    return std::move(*view);
}

}  // namespace waybill::server
