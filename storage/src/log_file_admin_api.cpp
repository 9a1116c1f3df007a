#include "waybill/sqlite/log_file_admin_api.h"

#include <filesystem>
#include <system_error>

#include "log_file.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::sqlite {

namespace {

Refusal unknown(const StreamId& id) {
    return {RefusalCode::kNotFound, "there is no delivery " + id + " in this log", {}};
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
        Bytes payload = model_.payload(id);
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

private:
    ReadModel model_;
};

}  // namespace

std::unique_ptr<AdminApi> makeLogFileAdminApi(const std::string& file) {
    std::error_code ignored;
    const bool is_directory = std::filesystem::is_directory(file, ignored);
    return std::make_unique<LogFileAdminApi>(is_directory ? file + "/waybill.db" : file);
}

}  // namespace waybill::sqlite
