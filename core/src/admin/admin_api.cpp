#include "waybill/admin_api.h"

#include <array>

namespace waybill {

namespace {

Refusal notAvailable() {
    return {RefusalCode::kConflict, "this is not available here: it needs a running daemon", {}};
}

}  // namespace

std::span<const std::string_view> responseStatuses() noexcept {
    static constexpr std::array<std::string_view, 8> kStatuses = {
        "queued",     "in_progress", "completed", "failed",
        "incomplete", "cancelled",   "error",     "deleted"};
    return kStatuses;
}

Result<Page<DeliveryView>> AdminApi::deliveries(const DeliveryFilter& filter,
                                                const PageRequest& page) {
    if (page.order != DeliveryOrder::kCreated || page.reverse) return notAvailable();
    return deliveries(filter, page.limit, page.cursor);
}

Result<std::uint64_t> AdminApi::countDeliveries(const DeliveryFilter&) {
    return notAvailable();
}
Result<BulkView> AdminApi::redeliverMany(const BulkRequest&) {
    return notAvailable();
}
Result<BulkView> AdminApi::cancelMany(const BulkRequest&) {
    return notAvailable();
}
Result<BulkView> AdminApi::bulkRedelivery(const StreamId&) {
    return notAvailable();
}
Result<BulkView> AdminApi::changeBulkRedelivery(const StreamId&, BulkAction) {
    return notAvailable();
}
Result<Page<BulkView>> AdminApi::bulkRedeliveries(std::uint32_t, const std::string&) {
    return notAvailable();
}
Result<DeliveryView> AdminApi::callResponseBack(const std::string&, const std::string&,
                                                const std::string&,
                                                const std::optional<std::string>&) {
    return notAvailable();
}
Result<Page<ResponseView>> AdminApi::responses(const ResponseFilter&, std::uint32_t,
                                               const std::string&) {
    return notAvailable();
}
Result<std::uint64_t> AdminApi::countResponses(const ResponseFilter&) {
    return notAvailable();
}
Result<Page<EndpointView>> AdminApi::endpoints(Duration) {
    return notAvailable();
}
Result<EndpointView> AdminApi::pauseEndpoint(const std::string&, const std::string&) {
    return notAvailable();
}
Result<EndpointView> AdminApi::resumeEndpoint(const std::string&, const std::string&) {
    return notAvailable();
}
Result<CheckView> AdminApi::check(const std::string&, bool) {
    return notAvailable();
}
Result<CheckView> AdminApi::checkDelivery(const StreamId&, bool) {
    return notAvailable();
}
Result<StatsView> AdminApi::stats(Duration, Duration) {
    return notAvailable();
}
Result<InfoView> AdminApi::info() {
    return notAvailable();
}
Result<bool> AdminApi::followEvents(std::uint64_t, const std::function<bool(const EventView*)>&) {
    return notAvailable();
}

}  // namespace waybill
