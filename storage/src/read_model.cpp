#include "waybill/sqlite/read_model.h"

#include <charconv>
#include <mutex>
#include <set>
#include <utility>

#include "attachment_reader.h"
#include "database.h"
#include "delivery_query.h"
#include "derived_table.h"
#include "event_table.h"
#include "sent_request.h"

namespace waybill::sqlite {

namespace {

constexpr std::uint32_t kMaxPage = 500;
constexpr std::size_t kIdleConnections = 8;

EventView viewOf(const StoredRow& row) {
    EventView view;
    view.global_position = row.global_position;
    view.stream = row.stream;
    view.position = row.position;
    view.type = row.type;
    view.recorded_at = Timestamp(Duration(row.recorded_at_us));
    view.actor = row.actor;
    view.data = row.data;
    view.hash = toHex(row.hash);
    return view;
}

/// One connection and its statements; used by one call at a time.
class Reader {
public:
    Reader(const std::string& file, OpenMode mode)
        : database_(file, mode),
          deliveries_(database_),
          responses_(database_),
          events_(database_),
          attachments_(database_),
          stream_events_(database_, selectEvents("WHERE s.id = ?1 ORDER BY e.position")),
          all_events_(database_, selectEvents("WHERE e.global_position > ?1 "
                                              "ORDER BY e.global_position LIMIT ?2")),
          response_by_object_(database_, DerivedTable<Response>::selectSql(
                                             "WHERE d.object_id = ?1 AND d.object_id <> '' "
                                             "ORDER BY d.state = 'deleted', d.stream DESC")) {}

    Database& database() { return database_; }
    EventTable& events() { return events_; }
    AttachmentReader& attachments() { return attachments_; }

    Page<DeliveryView> page(DeliveryQuery& query, std::uint32_t limit);
    std::optional<Delivery> delivery(const StreamId& id);
    std::optional<Response> response(const std::string& id);
    std::uint64_t payloadPosition(const Delivery& delivery);
    DeliveryView show(const Delivery& delivery) { return show(delivery, pausedEndpoints()); }
    DeliveryDetail detail(const Delivery& delivery);
    std::vector<EventView> streamEvents(const StreamId& id);
    std::vector<EventView> events(std::uint64_t after, std::uint32_t limit);

private:
    std::set<std::string> pausedEndpoints();
    DeliveryView show(const Delivery& delivery, const std::set<std::string>& paused);

    Database database_;
    DerivedTable<Delivery> deliveries_;
    DerivedTable<Response> responses_;
    EventTable events_;
    AttachmentReader attachments_;
    Statement stream_events_;
    Statement all_events_;
    Statement response_by_object_;
};

std::set<std::string> Reader::pausedEndpoints() {
    std::set<std::string> paused;
    Statement statement(database_,
                        "SELECT s.id FROM derived_endpoint d JOIN streams s ON s.stream = d.stream "
                        "WHERE d.paused");
    Query query(statement);
    while (query.next())
        paused.emplace(statement.text(0));
    return paused;
}

DeliveryView Reader::show(const Delivery& delivery, const std::set<std::string>& paused) {
    const auto destination = attachments_.destination(delivery.destination_position);
    return waybill::viewOf(delivery, destination ? destination->url : std::string(),
                           paused.contains(delivery.endpoint) || paused.contains("*"));
}

Page<DeliveryView> Reader::page(DeliveryQuery& query, std::uint32_t limit) {
    const auto paused = pausedEndpoints();
    Statement statement(database_, DerivedTable<Delivery>::selectSql(
                                       query.where() + " ORDER BY d.stream DESC LIMIT " +
                                       std::to_string(limit + 1)));
    query.bind(statement);
    Page<DeliveryView> page;
    std::int64_t last = 0;
    Query rows(statement);
    while (rows.next()) {
        if (page.data.size() == limit) {
            page.next_cursor = std::to_string(last);
            break;
        }
        last = DerivedTable<Delivery>::keyOf(statement);
        page.data.push_back(show(DerivedTable<Delivery>::read(statement), paused));
    }
    return page;
}

std::optional<Delivery> Reader::delivery(const StreamId& id) {
    const auto key = events_.findStream(id);
    return key ? deliveries_.find(*key) : std::nullopt;
}

std::optional<Response> Reader::response(const std::string& id) {
    response_by_object_.bindText(1, id);
    {
        Query query(response_by_object_);
        if (query.next()) return DerivedTable<Response>::read(response_by_object_);
    }
    const auto key = events_.findStream(id);
    return key ? responses_.find(*key) : std::nullopt;
}

std::uint64_t Reader::payloadPosition(const Delivery& delivery) {
    if (delivery.payload_stream.empty()) return delivery.accepted_position;
    const auto key = events_.findStream(delivery.payload_stream);
    const auto response = key ? responses_.find(*key) : std::nullopt;
    return response ? response->payload_position : 0;
}

DeliveryDetail Reader::detail(const Delivery& delivery) {
    const auto stream = events_.readStream(delivery.id);
    DeliveryDetail detail{show(delivery), attemptsOf(stream)};
    addRequestHeaders(detail.attempts, stream, attachments_);
    for (AttemptView& attempt : detail.attempts) {
        auto exchange = attachments_.exchange(attempt.outcome_position);
        if (!exchange) continue;
        attempt.response_head = std::move(exchange->head);
        attempt.response_body = std::move(exchange->body);
    }
    return detail;
}

std::vector<EventView> viewAll(Statement& statement) {
    std::vector<EventView> views;
    Query query(statement);
    while (query.next())
        views.push_back(viewOf(storedRow(statement)));
    return views;
}

std::vector<EventView> Reader::streamEvents(const StreamId& id) {
    stream_events_.bindText(1, id);
    return viewAll(stream_events_);
}

std::vector<EventView> Reader::events(std::uint64_t after, std::uint32_t limit) {
    all_events_.bind(1, after);
    all_events_.bind(2, std::uint64_t{limit});
    return viewAll(all_events_);
}

}  // namespace

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
        return std::make_unique<Reader>(file_, mode_);
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
    if (auto refusal = refusalOf(filter)) return *refusal;
    if (limit < 1 || limit > kMaxPage) {
        return Refusal{RefusalCode::kInvalid, "limit must be between 1 and 500", "limit"};
    }
    DeliveryQuery query(filter);
    if (!cursor.empty()) {
        std::int64_t key = 0;
        const char* const end = cursor.data() + cursor.size();
        const auto parsed = std::from_chars(cursor.data(), end, key);
        if (parsed.ec != std::errc{} || parsed.ptr != end) {
            return Refusal{RefusalCode::kInvalid,
                           "cursor must be the next_cursor of an earlier page", "cursor"};
        }
        query.before(key);
    }
    return impl_->with([&](Reader& reader) { return reader.page(query, limit); });
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
        return reader.attachments().payload(reader.payloadPosition(*delivery));
    });
}

std::optional<Response> ReadModel::findResponse(const std::string& id) const {
    return impl_->with([&](Reader& reader) { return reader.response(id); });
}

Bytes ReadModel::responseObject(const Response& response) const {
    return impl_->with([&](Reader& reader) {
        return response.payload_position != 0
                   ? reader.attachments().payload(response.payload_position)
                   : reader.attachments().requestedObject(response.created_position);
    });
}

LogHead ReadModel::head() const {
    return impl_->with(
        [](Reader& reader) { return readHead(reader.database(), readLogId(reader.database())); });
}

std::string ReadModel::logId() const {
    return impl_->with([](Reader& reader) { return readLogId(reader.database()); });
}

}  // namespace waybill::sqlite
