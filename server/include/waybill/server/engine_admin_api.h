// The operator's verbs on the engine and the log of this process.
#pragma once

#include <string>

#include "waybill/admin_api.h"
#include "waybill/engine.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

/// Reads from the derived tables, acts through the engine, in the name of one actor. Cheap to make:
/// one for each request. Engine and read model must outlive it. Any thread.
class EngineAdminApi final : public AdminApi {
public:
    /// `actor`: `operator:<name>`. `about`: what `info` says beside what engine and log know.
    EngineAdminApi(Engine& engine, const sqlite::ReadModel& model, std::string actor,
                   InfoView about = {})
        : engine_(engine), model_(model), actor_(std::move(actor)), about_(std::move(about)) {}

    using AdminApi::deliveries;
    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) override;
    Result<DeliveryDetail> delivery(const StreamId& id) override;
    Result<Page<EventView>> deliveryEvents(const StreamId& id) override;
    Result<Bytes> payload(const StreamId& id) override;
    Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) override;
    Result<DeliveryView> redeliver(const StreamId& id, const std::string& reason,
                                   const std::optional<std::string>& url,
                                   const std::optional<std::string>& token) override;
    Result<DeliveryView> cancel(const StreamId& id, const std::string& reason) override;
    Result<InfoView> info() override;

private:
    Result<DeliveryView> shown(const Result<Delivery>& changed) const;

    Engine& engine_;
    const sqlite::ReadModel& model_;
    const std::string actor_;
    const InfoView about_;
};

}  // namespace waybill::server
