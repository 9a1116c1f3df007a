// The operator's verbs on the engine and the log of this process.
#pragma once

#include <string>

#include "waybill/admin_api.h"
#include "waybill/engine.h"
#include "waybill/server/operator_api.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// Who acts through an EngineAdminApi.
struct Caller {
    std::string actor{};         ///< `operator:<name>`
    bool actor_claimed = false;  ///< as in RecordedEvent
    std::string address{};       ///< from where; empty: from this process
};

/// Reads from the derived tables, acts through the engine, in the name of one caller. That a
/// payload is read is recorded first, and `kUnavailable` where it cannot be; readings of the whole
/// log and tests that are sent go to the trail of `options`. Cheap to make: one for each request.
/// Engine, read model and what `options` points to must outlive it. Any thread.
class EngineAdminApi final : public AdminApi {
public:
    /// Of `options`, `identify` is not used: whoever makes this has asked.
    EngineAdminApi(Engine& engine, const sqlite::ReadModel& model,
                   const OperatorApiOptions& options, Caller caller, Role role = Role::kAdmin)
        : engine_(engine),
          model_(model),
          options_(options),
          caller_(std::move(caller)),
          role_(role) {}
    EngineAdminApi(Engine& engine, const sqlite::ReadModel& model,
                   const OperatorApiOptions& options, std::string actor, Role role = Role::kAdmin)
        : EngineAdminApi(engine, model, options, Caller{.actor = std::move(actor)}, role) {}

    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) override;
    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter,
                                          const PageRequest& page) override;
    Result<std::uint64_t> countDeliveries(const DeliveryFilter& filter) override;
    Result<DeliveryDetail> delivery(const StreamId& id) override;
    Result<Page<EventView>> deliveryEvents(const StreamId& id) override;
    Result<Bytes> payload(const StreamId& id) override;
    Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) override;

    Result<DeliveryView> redeliver(const StreamId& id, const std::string& reason,
                                   const std::optional<std::string>& url,
                                   const std::optional<std::string>& token) override;
    Result<DeliveryView> cancel(const StreamId& id, const std::string& reason) override;
    Result<BulkView> redeliverMany(const BulkRequest& request) override;
    Result<BulkView> cancelMany(const BulkRequest& request) override;
    Result<BulkView> bulkRedelivery(const StreamId& id) override;
    Result<BulkView> changeBulkRedelivery(const StreamId& id, BulkAction action) override;
    Result<Page<BulkView>> bulkRedeliveries(std::uint32_t limit,
                                            const std::string& cursor) override;

    Result<DeliveryView> callResponseBack(const std::string& response, const std::string& reason,
                                          const std::string& url,
                                          const std::optional<std::string>& token) override;
    Result<Page<ResponseView>> responses(const ResponseFilter& filter, std::uint32_t limit,
                                         const std::string& cursor) override;
    Result<std::uint64_t> countResponses(const ResponseFilter& filter) override;

    Result<Page<EndpointView>> endpoints(Duration window) override;
    Result<EndpointView> pauseEndpoint(const std::string& endpoint,
                                       const std::string& reason) override;
    Result<EndpointView> resumeEndpoint(const std::string& endpoint,
                                        const std::string& reason) override;
    Result<CheckView> check(const std::string& url, bool send) override;
    Result<CheckView> checkDelivery(const StreamId& id, bool send) override;
    Result<StatsView> stats(Duration window, Duration step) override;
    Result<InfoView> info() override;
    Result<bool> followEvents(std::uint64_t after,
                              const std::function<bool(const EventView*)>& on_event) override;

private:
    Result<DeliveryView> shown(const Result<Delivery>& changed) const;
    EndpointView shown(const EndpointState& changed) const;
    AccessNote noteOf(AccessKind kind, std::string target) const;
    void note(AccessKind kind, std::string target) const;

    Engine& engine_;
    const sqlite::ReadModel& model_;
    const OperatorApiOptions& options_;
    const Caller caller_;
    const Role role_;
};

}  // namespace waybill::server
