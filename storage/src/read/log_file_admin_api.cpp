#include "waybill/sqlite/log_file_admin_api.h"

#include <filesystem>
#include <system_error>

#include "log/log_file.h"
#include "waybill/clock.h"
#include "waybill/excerpt.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/version.h"

namespace waybill::sqlite {

namespace {

Refusal unknown(const StreamId& id) {
    return {RefusalCode::kNotFound, "there is no delivery " + excerpt(id) + " in this log", {}};
}

Refusal onlyReads() {
    return {RefusalCode::kConflict,
            "a log file is only read; to change something, speak to the daemon that writes it",
            {}};
}

class LogFileAdminApi : public AdminApi {
public:
    explicit LogFileAdminApi(const std::string& file)
        : model_(file, openForReading(file)->isImmutable()) {}

    using AdminApi::deliveries;
    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) override {
        return model_.deliveries(filter, limit, cursor);
    }

    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter,
                                          const PageRequest& page) override {
        return model_.deliveries(filter, page);
    }

    Result<std::uint64_t> countDeliveries(const DeliveryFilter& filter) override {
        return model_.countDeliveries(filter);
    }

    Result<DeliveryDetail> delivery(const StreamId& id) override {
        auto detail = model_.deliveryDetail(id);
        if (!detail) return unknown(id);
        return *std::move(detail);
    }

    Result<Page<EventView>> deliveryEvents(const StreamId& id) override {
        auto events = model_.streamEvents(id);
        if (events.empty()) return unknown(id);
        return Page<EventView>{std::move(events)};
    }

    Result<Bytes> payload(const StreamId& id) override {
        if (!model_.findDelivery(id)) return unknown(id);
        Bytes payload;
        try {
            payload = model_.payload(id);
        } catch (const DamagedBytes& error) {
            return Refusal{RefusalCode::kUnavailable, error.message(), {}};
        }
        if (!payload) return Refusal{RefusalCode::kErased, "the payload was erased", {}};
        return payload;
    }

    Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) override {
        if (limit < 1) return Refusal{RefusalCode::kInvalid, "limit must be at least 1", "limit"};
        Page<EventView> page{model_.events(after, limit)};
        if (page.data.size() == limit) {
            page.next_cursor = std::to_string(page.data.back().global_position);
        }
        return page;
    }

    Result<DeliveryView> redeliver(const StreamId&, const std::string&,
                                   const std::optional<std::string>&,
                                   const std::optional<std::string>&) override {
        return onlyReads();
    }

    Result<DeliveryView> cancel(const StreamId&, const std::string&) override {
        return onlyReads();
    }

    Result<DeliveryView> callResponseBack(const std::string&, const std::string&,
                                          const std::string&,
                                          const std::optional<std::string>&) override {
        return onlyReads();
    }

    Result<BulkView> bulkRedelivery(const StreamId& id) override {
        const auto bulk = model_.bulkRedelivery(id);
        if (!bulk) {
            return Refusal{RefusalCode::kNotFound,
                           "there is no bulk re-delivery " + excerpt(id) + " in this log", "id"};
        }
        return shown(*bulk);
    }

    Result<Page<BulkView>> bulkRedeliveries(std::uint32_t limit,
                                            const std::string& cursor) override {
        const auto runs = model_.bulkRedeliveries(limit, cursor);
        if (!runs) return runs.refusal();
        Page<BulkView> page{{}, runs->next_cursor};
        for (const BulkRedelivery& run : runs->data)
            page.data.push_back(shown(run));
        return page;
    }

    Result<Page<ResponseView>> responses(const ResponseFilter& filter, std::uint32_t limit,
                                         const std::string& cursor) override {
        return model_.responses(filter, limit, cursor);
    }

    Result<std::uint64_t> countResponses(const ResponseFilter& filter) override {
        return model_.countResponses(filter);
    }

    Result<Page<EndpointView>> endpoints(Duration window) override {
        return model_.endpoints(window, systemClock().now().wall);
    }

    Result<StatsView> stats(Duration window, Duration step) override {
        return model_.stats(window, step, systemClock().now().wall);
    }

    Result<InfoView> info() override {
        const LogHead head = model_.head();
        InfoView info;
        info.version = version();
        info.log_id = model_.logId();
        info.head_position = head.global_position;
        info.head_hash = toHex(head.hash);
        info.now = systemClock().now().wall;
        info.started_at = info.now;
        info.problem = "a log file is only read";
        info.role = "viewer";
        info.source = "log file";
        return info;
    }

private:
    BulkView shown(const BulkRedelivery& bulk) const {
        BulkView view = viewOf(bulk);
        if (!bulk.finished) view.done = model_.bulkProgress(bulk.id).redelivered;
        return view;
    }

    ReadModel model_;
};

}  // namespace

std::unique_ptr<AdminApi> makeLogFileAdminApi(const std::string& file) {
    std::error_code ignored;
    const bool is_directory = std::filesystem::is_directory(file, ignored);
    return std::make_unique<LogFileAdminApi>(is_directory ? file + "/waybill.db" : file);
}

}  // namespace waybill::sqlite
