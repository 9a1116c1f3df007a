#include "waybill/sqlite/read_model.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "read/reader.h"
#include "waybill/sqlite/log.h"

namespace waybill::sqlite {

namespace {

constexpr std::uint32_t kMaxPage = 500;
constexpr std::size_t kIdleConnections = 8;
constexpr std::size_t kMostEndpoints = 1000;

std::optional<Refusal> refusalOf(std::uint32_t limit) {
    if (limit >= 1 && limit <= kMaxPage) return std::nullopt;
    return Refusal{RefusalCode::kInvalid, "limit must be between 1 and 500", "limit"};
}

std::optional<Refusal> refusalOf(const ResponseFilter& filter) {
    const auto known = responseStatuses();
    if (filter.status.empty() ||
        std::find(known.begin(), known.end(), filter.status) != known.end()) {
        return std::nullopt;
    }
    return Refusal{RefusalCode::kInvalid,
                   "status must be queued, in_progress, completed, failed, incomplete, cancelled, "
                   "error or deleted",
                   "status"};
}

/// The key before which a page of a listing by creation begins; 0: with the newest.
Result<std::int64_t> beginningOf(char letter, std::uint32_t limit, const std::string& cursor) {
    if (auto refusal = refusalOf(limit)) return *refusal;
    if (cursor.empty()) return std::int64_t{0};
    const auto key = keyFrom(letter, cursor);
    if (key && *key > 0) return *key;
    return Refusal{RefusalCode::kInvalid, "cursor must be the next_cursor of an earlier page",
                   "cursor"};
}

class DamageReport {
public:
    void set(DamagedRow told) {
        const std::lock_guard lock(mutex_);
        told_ = std::move(told);
    }
    DamagedRow get() const {
        const std::lock_guard lock(mutex_);
        return told_;
    }

private:
    mutable std::mutex mutex_;
    DamagedRow told_;
};

DamageReport& damageReport() {
    static DamageReport report;
    return report;
}

}  // namespace

void tellReadersDamagedRows(DamagedRow told) {
    damageReport().set(std::move(told));
}

class ReadModel::Impl {
public:
    Impl(std::string file, OpenMode mode) : file_(std::move(file)), mode_(mode) {}

    /// Calls `read` with a reader that sees one moment.
    template <typename Read>
    auto with(Read read) {
        Lease lease(*this);
        Snapshot snapshot(lease.reader().database());
        return read(lease.reader());
    }

private:
    /// A reader for the length of a call. One that threw may be at fault and is not used again.
    class Lease {
    public:
        explicit Lease(Impl& pool) : pool_(pool), reader_(pool.take()) {}
        ~Lease() {
            if (std::uncaught_exceptions() == exceptions_) pool_.give(std::move(reader_));
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Reader& reader() { return *reader_; }

    private:
        Impl& pool_;
        std::unique_ptr<Reader> reader_;
        int exceptions_ = std::uncaught_exceptions();
    };

    std::unique_ptr<Reader> take() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto reader = std::move(idle_.back());
                idle_.pop_back();
                return reader;
            }
        }
        return std::make_unique<Reader>(file_, mode_, damageReport().get());
    }

    void give(std::unique_ptr<Reader> reader) {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < kIdleConnections) idle_.push_back(std::move(reader));
    }

    const std::string file_;
    const OpenMode mode_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Reader>> idle_;
};

ReadModel::ReadModel(std::string file, bool immutable)
    : impl_(std::make_unique<Impl>(std::move(file),
                                   immutable ? OpenMode::kImmutable : OpenMode::kReadOnly)) {}

ReadModel::~ReadModel() = default;

Result<Page<DeliveryView>> ReadModel::deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                                 const std::string& cursor) const {
    return deliveries(filter, PageRequest{.limit = limit, .cursor = cursor});
}

Result<Page<DeliveryView>> ReadModel::deliveries(const DeliveryFilter& filter,
                                                 const PageRequest& request) const {
    if (auto refusal = refusalOf(filter)) return *refusal;
    if (auto refusal = refusalOf(request.limit)) return *refusal;
    std::optional<Place> place;
    if (!request.cursor.empty()) {
        place = placeFrom(request.order, request.cursor);
        if (!place) {
            return Refusal{RefusalCode::kInvalid,
                           "cursor must be the next_cursor of an earlier page in this order",
                           "cursor"};
        }
    }
    return impl_->with([&](Reader& reader) { return reader.page(filter, request, place); });
}

Result<std::uint64_t> ReadModel::countDeliveries(const DeliveryFilter& filter) const {
    if (auto refusal = refusalOf(filter)) return *refusal;
    return impl_->with([&](Reader& reader) { return reader.count(filter); });
}

Result<std::set<std::string>> ReadModel::endpointsOf(const DeliveryFilter& filter) const {
    if (auto refusal = refusalOf(filter)) return *refusal;
    return impl_->with([&](Reader& reader) { return reader.endpointsOf(filter); });
}

Result<WalkedDeliveries> ReadModel::walkDeliveries(const DeliveryFilter& filter, std::int64_t after,
                                                   std::int64_t before, std::uint32_t limit) const {
    if (auto refusal = refusalOf(filter)) return *refusal;
    return impl_->with([&](Reader& reader) { return reader.walk(filter, after, before, limit); });
}

std::optional<std::int64_t> ReadModel::streamKey(const StreamId& id) const {
    return impl_->with([&](Reader& reader) { return reader.streamKey(id); });
}

std::int64_t ReadModel::newestStreamKey() const {
    return impl_->with([](Reader& reader) { return reader.newestStreamKey(); });
}

std::optional<BulkRedelivery> ReadModel::bulkRedelivery(const StreamId& id) const {
    return impl_->with([&](Reader& reader) { return reader.bulkRedelivery(id); });
}

std::vector<BulkRedelivery> ReadModel::unfinishedBulkRedeliveries() const {
    return impl_->with([](Reader& reader) { return reader.unfinishedBulkRedeliveries(); });
}

Result<Page<BulkRedelivery>> ReadModel::bulkRedeliveries(std::uint32_t limit,
                                                         const std::string& cursor) const {
    const auto before = beginningOf(kBulkCursor, limit, cursor);
    if (!before) return before.refusal();
    return impl_->with([&](Reader& reader) { return reader.bulkRedeliveries(limit, *before); });
}

BulkProgress ReadModel::bulkProgress(const StreamId& id) const {
    return impl_->with([&](Reader& reader) { return reader.bulkProgress(id); });
}

Result<Page<EndpointView>> ReadModel::endpoints(Duration window, Timestamp now) const {
    if (auto refusal = figures::refusalOf(window)) return *refusal;
    return impl_->with([&](Reader& reader) -> Result<Page<EndpointView>> {
        auto report = reader.endpoints(figures::healthWindow(window, now));
        if (!report) return report.refusal();
        Page<EndpointView> page{report->views(reader.pauseOf("*"), kMostEndpoints)};
        for (EndpointView& view : page.data)
            reader.tellError(view, report.value());
        return page;
    });
}

Result<EndpointView> ReadModel::endpoint(const std::string& name, Duration window,
                                         Timestamp now) const {
    if (auto refusal = figures::refusalOf(window)) return *refusal;
    return impl_->with([&](Reader& reader) -> Result<EndpointView> {
        auto report = reader.endpoints(figures::healthWindow(window, now), name);
        if (!report) return report.refusal();
        EndpointView view = report->viewOf(name, reader.pauseOf("*"));
        reader.tellError(view, report.value());
        return view;
    });
}

Result<StatsView> ReadModel::stats(Duration window, Duration step, Timestamp now) const {
    if (auto refusal = figures::refusalOf(window, step, now)) return *refusal;
    return impl_->with(
        [&](Reader& reader) { return reader.stats(figures::seriesWindow(window, step, now)); });
}

std::optional<Delivery> ReadModel::findDelivery(const StreamId& id) const {
    return impl_->with([&](Reader& reader) { return reader.delivery(id); });
}

std::optional<DeliveryView> ReadModel::delivery(const StreamId& id) const {
    return impl_->with([&](Reader& reader) -> std::optional<DeliveryView> {
        const auto delivery = reader.delivery(id);
        if (!delivery) return std::nullopt;
        return reader.show(*delivery);
    });
}

std::optional<DeliveryDetail> ReadModel::deliveryDetail(const StreamId& id) const {
    return impl_->with([&](Reader& reader) -> std::optional<DeliveryDetail> {
        const auto delivery = reader.delivery(id);
        if (!delivery) return std::nullopt;
        return reader.detail(*delivery);
    });
}

std::vector<EventView> ReadModel::streamEvents(const StreamId& id) const {
    return impl_->with([&](Reader& reader) {
        std::vector<EventView> events = reader.streamEvents(id);
        if (!events.empty()) return events;
        const auto response = reader.response(id);
        return response ? reader.streamEvents(response->id) : events;
    });
}

std::vector<EventView> ReadModel::events(std::uint64_t after, std::uint32_t limit) const {
    return impl_->with([&](Reader& reader) { return reader.events(after, limit); });
}

Bytes ReadModel::payload(const StreamId& id) const {
    return impl_->with([&](Reader& reader) -> Bytes {
        const auto delivery = reader.delivery(id);
        if (!delivery) return nullptr;
        return reader.payloadOf(*delivery);
    });
}

std::optional<Response> ReadModel::findResponse(const std::string& id) const {
    return impl_->with([&](Reader& reader) { return reader.response(id); });
}

Result<Page<ResponseView>> ReadModel::responses(const ResponseFilter& filter, std::uint32_t limit,
                                                const std::string& cursor) const {
    if (auto refusal = refusalOf(filter)) return *refusal;
    const auto before = beginningOf(kResponseCursor, limit, cursor);
    if (!before) return before.refusal();
    return impl_->with([&](Reader& reader) { return reader.responses(filter, limit, *before); });
}

Result<std::uint64_t> ReadModel::countResponses(const ResponseFilter& filter) const {
    if (auto refusal = refusalOf(filter)) return *refusal;
    return impl_->with([&](Reader& reader) { return reader.countResponses(filter); });
}

WalkedResponses ReadModel::settledResponses(Timestamp before, std::int64_t after,
                                            std::uint32_t limit) const {
    return impl_->with(
        [&](Reader& reader) { return reader.settledResponses(before, after, limit); });
}

std::optional<IdempotentMatch> ReadModel::findByIdempotencyKey(const Digest& key) const {
    return impl_->with([&](Reader& reader) { return reader.idempotent(key); });
}

Bytes ReadModel::responseObject(const Response& response) const {
    return impl_->with([&](Reader& reader) { return reader.objectOf(response); });
}

LogHead ReadModel::head() const {
    return impl_->with(
        [](Reader& reader) { return readHead(reader.database(), readLogId(reader.database())); });
}

std::string ReadModel::logId() const {
    return impl_->with([](Reader& reader) { return readLogId(reader.database()); });
}

std::optional<std::uint64_t> ReadModel::indexPosition() const {
    return impl_->with([](Reader& reader) { return reader.indexPosition(); });
}

}  // namespace waybill::sqlite
