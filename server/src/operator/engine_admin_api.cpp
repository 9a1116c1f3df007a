#include "waybill/server/engine_admin_api.h"

#include <thread>

#include "http/without_folders.h"
#include "operator/bulk_cancellation.h"
#include "operator/url_check.h"
#include "waybill/any_address.h"
#include "waybill/callback_url.h"
#include "waybill/clock.h"
#include "waybill/version.h"

namespace waybill::server {
namespace {

// What is shown of an endpoint that was just paused or resumed.
constexpr Duration kEndpointWindow = std::chrono::hours(1);

constexpr std::uint32_t kFollowPage = 200;
constexpr Duration kFollowPatience = std::chrono::seconds(1);

Timestamp wallNow() {
    return systemClock().now().wall;
}

Refusal notServed(const std::string& what) {
    return {RefusalCode::kConflict, "This host does not serve " + what + ".", {}};
}

constexpr std::string_view kNoSuchDelivery = "There is no delivery with this id.";

Refusal noSuchDelivery() {
    return {RefusalCode::kNotFound, std::string(kNoSuchDelivery), "id"};
}

/// What is recorded of a URL: where it leads, without the path, which may hold secrets.
std::string endpointOf(const std::string& url) {
    const UrlCheck parsed = parseCallbackUrl(url, anyAddress());
    return parsed.url ? parsed.url->endpoint() : "a URL that cannot be used";
}

/// Whether retention may delete it: there is an object, and its callback is over.
bool isSettled(const ResponseView& response) {
    const bool called_back = response.delivery_status != toString(DeliveryStatus::kPending) &&
                             response.delivery_status != toString(DeliveryStatus::kAttempting);
    return response.finished_at && !response.payload_sha256.empty() && called_back;
}

}  // namespace

Result<Page<DeliveryView>> EngineAdminApi::deliveries(const DeliveryFilter& filter,
                                                      std::uint32_t limit,
                                                      const std::string& cursor) {
    return model_.deliveries(filter, limit, cursor);
}

Result<Page<DeliveryView>> EngineAdminApi::deliveries(const DeliveryFilter& filter,
                                                      const PageRequest& page) {
    return model_.deliveries(filter, page);
}

Result<std::uint64_t> EngineAdminApi::countDeliveries(const DeliveryFilter& filter) {
    return model_.countDeliveries(filter);
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
    const auto recorded = engine_.recordAccess(noteOf(AccessKind::kPayloadRead, id));
    if (!recorded)
        return Refusal{
            recorded.refusal().code,
            "The payload is not shown, because it cannot be recorded that it was read: " +
                recorded.refusal().message,
            ""};
    return payload;
}

Result<Page<EventView>> EngineAdminApi::events(std::uint64_t after, std::uint32_t limit) {
    note(AccessKind::kLogRead, "events");
    Page<EventView> page;
    page.data = model_.events(after, limit);
    if (page.data.size() == limit)
        page.next_cursor = std::to_string(page.data.back().global_position);
    return page;
}

Result<DeliveryView> EngineAdminApi::redeliver(const StreamId& id, const std::string& reason,
                                               const std::optional<std::string>& url,
                                               const std::optional<std::string>& token) {
    const auto delivery = engine_.redeliver({.delivery = id,
                                             .actor = caller_.actor,
                                             .reason = reason,
                                             .url = url,
                                             .token = token,
                                             .may_change_origin = role_ == Role::kAdmin,
                                             .actor_claimed = caller_.actor_claimed});
    if (!delivery && delivery.refusal().code == RefusalCode::kForbidden)
        note(AccessKind::kRoleRefused, "redeliver " + id + " to another origin");
    return shown(delivery);
}

Result<DeliveryView> EngineAdminApi::cancel(const StreamId& id, const std::string& reason) {
    return shown(engine_.cancel(Cancellation{id, caller_.actor, reason, caller_.actor_claimed}));
}

Result<BulkView> EngineAdminApi::redeliverMany(const BulkRequest& request) {
    if (options_.bulk == nullptr) return notServed("re-deliveries of many");
    return options_.bulk->redeliver(request, caller_.actor, caller_.actor_claimed);
}

Result<BulkView> EngineAdminApi::cancelMany(const BulkRequest& request) {
    return server::cancelMany(engine_, model_, request, caller_.actor, caller_.actor_claimed);
}

Result<BulkView> EngineAdminApi::bulkRedelivery(const StreamId& id) {
    if (options_.bulk == nullptr) return notServed("re-deliveries of many");
    return options_.bulk->find(id);
}

Result<BulkView> EngineAdminApi::changeBulkRedelivery(const StreamId& id, BulkAction action) {
    if (options_.bulk == nullptr) return notServed("re-deliveries of many");
    return options_.bulk->change(id, action, caller_.actor, caller_.actor_claimed);
}

Result<Page<BulkView>> EngineAdminApi::bulkRedeliveries(std::uint32_t limit,
                                                        const std::string& cursor) {
    if (options_.bulk == nullptr) return notServed("re-deliveries of many");
    return options_.bulk->list(limit, cursor);
}

Result<DeliveryView> EngineAdminApi::callResponseBack(const std::string& response,
                                                      const std::string& reason,
                                                      const std::string& url,
                                                      const std::optional<std::string>& token) {
    const auto found = model_.findResponse(response);
    if (!found) return Refusal{RefusalCode::kNotFound, "There is no response with this id.", "id"};
    return shown(engine_.callResponseBack(
        {found->id, caller_.actor, reason, url, token, caller_.actor_claimed}));
}

Result<Page<ResponseView>> EngineAdminApi::responses(const ResponseFilter& filter,
                                                     std::uint32_t limit,
                                                     const std::string& cursor) {
    auto page = model_.responses(filter, limit, cursor);
    if (!page || !options_.retain_responses) return page;
    for (ResponseView& response : page.value().data) {
        if (isSettled(response))
            response.expires_at = response.updated_at + *options_.retain_responses;
    }
    return page;
}

Result<std::uint64_t> EngineAdminApi::countResponses(const ResponseFilter& filter) {
    return model_.countResponses(filter);
}

Result<Page<EndpointView>> EngineAdminApi::endpoints(Duration window) {
    return model_.endpoints(window, wallNow());
}

Result<EndpointView> EngineAdminApi::pauseEndpoint(const std::string& endpoint,
                                                   const std::string& reason) {
    const auto paused =
        engine_.pauseEndpoint({endpoint, caller_.actor, reason, caller_.actor_claimed});
    if (!paused) return paused.refusal();
    return shown(*paused);
}

Result<EndpointView> EngineAdminApi::resumeEndpoint(const std::string& endpoint,
                                                    const std::string& reason) {
    const auto resumed =
        engine_.resumeEndpoint({endpoint, caller_.actor, reason, caller_.actor_claimed});
    if (!resumed) return resumed.refusal();
    return shown(*resumed);
}

Result<CheckView> EngineAdminApi::check(const std::string& url, bool send) {
    if (options_.transport == nullptr) return notServed("checks of URLs");
    if (send) note(AccessKind::kCheckSent, endpointOf(url));
    return checkUrl(*options_.transport, url, send, role_);
}

Result<CheckView> EngineAdminApi::checkDelivery(const StreamId& id, bool send) {
    if (options_.transport == nullptr) return notServed("checks of URLs");
    auto request = engine_.checkRequest(id, checkBody());
    if (!request) return request.refusal();
    if (send) note(AccessKind::kCheckSent, endpointOf(request->url) + " with the token of " + id);
    return checkUrl(*options_.transport, std::move(request).value(), send, role_);
}

Result<StatsView> EngineAdminApi::stats(Duration window, Duration step) {
    auto stats = model_.stats(window, step, wallNow());
    if (!stats || !options_.client_limits) return stats;
    const EngineHealth health = engine_.health();
    ClientLimitsView& limits = stats.value().client_limits.emplace(*options_.client_limits);
    limits.refused_deliveries = health.refused.deliveries;
    limits.refused_attempts = health.refused.attempts;
    limits.refused_pending_bytes = health.refused.pending_bytes;
    limits.refused_waiting = health.refused.waiting;
    limits.held_back = health.held_back;
    return stats;
}

Result<bool> EngineAdminApi::followEvents(std::uint64_t after,
                                          const std::function<bool(const EventView*)>& on_event) {
    note(AccessKind::kLogRead, "events/stream");
    for (;;) {
        const std::vector<EventView> events = model_.events(after, kFollowPage);
        for (const EventView& event : events) {
            if (!on_event(&event)) return true;
            after = event.global_position;
        }
        if (!events.empty()) continue;
        if (options_.notifier == nullptr) {
            std::this_thread::sleep_for(kFollowPatience);
        } else if (options_.notifier->waitBeyond(after, kFollowPatience)) {
            continue;
        }
        if (!on_event(nullptr)) return true;
    }
}

Result<InfoView> EngineAdminApi::info() {
    const EngineHealth health = engine_.health();
    const LogHead head = model_.head();
    InfoView info = options_.about;
    info.version = version();
    info.log_id = model_.logId();
    info.head_position = head.global_position;
    info.head_hash = toHex(head.hash);
    info.now = wallNow();
    info.ready = health.ready;
    info.problem = health.problem;
    info.actor = caller_.actor;
    info.actor_claimed = caller_.actor_claimed;
    info.role = toString(role_);
    info.source = "daemon";
    info.index_position = model_.indexPosition();
    if (options_.indexer != nullptr)
        info.index_problem = withoutFolders(options_.indexer->problem());
    return info;
}

AccessNote EngineAdminApi::noteOf(AccessKind kind, std::string target) const {
    return {caller_.actor, {kind, std::move(target), caller_.address}, caller_.actor_claimed};
}

void EngineAdminApi::note(AccessKind kind, std::string target) const {
    if (options_.trail != nullptr) options_.trail->note(noteOf(kind, std::move(target)));
}

/// What was committed is what the derived tables show.
Result<DeliveryView> EngineAdminApi::shown(const Result<Delivery>& changed) const {
    if (!changed) return changed.refusal();
    std::optional<DeliveryView> view = model_.delivery(changed->id);
    if (!view) return noSuchDelivery();
    return std::move(*view);
}

/// What was committed, beside the figures of a moment ago.
EndpointView EngineAdminApi::shown(const EndpointState& changed) const {
    const auto figures = model_.endpoint(changed.id, kEndpointWindow, wallNow());
    EndpointView view = figures ? *figures : EndpointView{};
    view.endpoint = changed.id;
    view.paused = changed.paused;
    view.paused_by = changed.paused ? changed.actor : "";
    view.pause_reason = changed.paused ? changed.reason : "";
    if (changed.paused) view.state = "paused";
    return view;
}

}  // namespace waybill::server
