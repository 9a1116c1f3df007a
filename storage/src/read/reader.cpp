#include "read/reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "audit/schema_check.h"
#include "figures/figures_scan.h"
#include "log/log_file.h"
#include "log/row_sums.h"
#include "log/schema.h"
#include "read/figures_listing.h"
#include "read/page_cursor.h"
#include "read/sent_request.h"

namespace waybill::sqlite {

namespace {

index::ResponseSelection selectionOf(const ResponseFilter& filter) {
    return {.codes = index::codesFor(filter.status),
            .client = filter.client,
            .since = filter.since,
            .until = filter.until};
}

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

std::vector<EventView> viewAll(Statement& statement) {
    std::vector<EventView> views;
    Query query(statement);
    while (query.next())
        views.push_back(viewOf(storedRow(statement)));
    return views;
}

std::string derivedTables() {
    std::string script;
    for (const DerivedObject& object : derivedSchema())
        if (object.type == "table") script += object.sql + ";\n";
    return script;
}

/// What came back from an attempt; words in its place where it is not what was stored.
void showExchange(AttemptView& attempt, AttachmentReader& attachments) {
    try {
        auto exchange = attachments.exchange(attempt.outcome_position);
        if (!exchange) return;
        attempt.response_head = std::move(exchange->head);
        attempt.response_body = std::move(exchange->body);
    } catch (const DamagedBytes& error) {
        attempt.explanation += " " + error.message() + " It is not shown.";
    }
}

}  // namespace

Reader::Reader(const std::string& file, OpenMode mode, const DamagedRow& on_damaged_row)
    : database_(file, mode),
      index_(file, mode),
      deliveries_(database_),
      responses_(database_),
      endpoints_(database_),
      bulk_redeliveries_(database_),
      idempotency_(database_),
      events_(database_),
      attachments_(database_, events_),
      stream_events_(database_, selectEvents("WHERE s.id = ?1 ORDER BY e.position")),
      all_events_(database_, selectEvents("WHERE e.global_position > ?1 "
                                          "ORDER BY e.global_position LIMIT ?2")),
      response_by_object_(database_,
                          "SELECT stream FROM derived_response "
                          "WHERE object_id = ?1 AND object_id <> '' ORDER BY stream DESC"),
      response_reason_(database_,
                       "SELECT ifnull(" + inData("e.data", "code") + ", ''), ifnull(" +
                           inData("e.data", "reason") +
                           ", '') FROM event_log e "
                           "JOIN streams s ON s.stream = e.stream WHERE s.id = ?1 AND e.type = ?2 "
                           "ORDER BY e.position DESC LIMIT 1") {
    database_.tellDamagedRows(on_damaged_row);
    requireTables(database_, baseSchema());
    const std::string problem = problemOfTables(database_, derivedTables());
    if (!problem.empty())
        throw StoreUnavailable(file + ": " + problem +
                               "; `waybill rebuild`, or the next start of waybilld, makes it anew");
}

std::set<std::string> Reader::pausedEndpoints() {
    std::set<std::string> paused;
    Statement statement(database_, DerivedTable<EndpointState>::selectSql("WHERE d.paused"));
    Query query(statement);
    while (query.next()) {
        const auto endpoint = endpoints_.believeReadable(statement);
        if (endpoint && endpoint->paused) paused.insert(endpoint->id);
    }
    return paused;
}

DeliveryView Reader::show(const Delivery& delivery, const std::set<std::string>& paused) {
    return waybill::viewOf(delivery, shownUrl(delivery),
                           paused.contains(delivery.endpoint) || paused.contains("*"));
}

/// Empty for one that is not what was stored, or whose event cannot be read: a page of a listing
/// shows the others.
std::string Reader::shownUrl(const Delivery& delivery) {
    try {
        const auto destination = attachments_.destination(delivery.destination_position);
        return destination ? destination->url : std::string();
    } catch (const Poco::DataException&) {  // DamagedBytes, CorruptLog
        return {};
    }
}

template <typename Read>
auto Reader::withIndex(Read read) {
    try {
        const auto moment = index_.look(database_);
        return read(moment.get());
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        index_.distrust();
        return read(static_cast<const index::IndexMoment*>(nullptr));
    }
}

Page<DeliveryView> Reader::page(const DeliveryFilter& filter, const PageRequest& request,
                                const std::optional<Place>& place) {
    const DeliveryRows rows = withIndex([&](const index::IndexMoment* moment) {
        return DeliveryListing(database_, deliveries_, moment).page(filter, request, place);
    });
    const auto paused = pausedEndpoints();
    Page<DeliveryView> page;
    for (const Delivery& row : rows.rows)
        page.data.push_back(show(row, paused));
    if (rows.next) page.next_cursor = cursorOf(request.order, *rows.next);
    return page;
}

std::uint64_t Reader::count(const DeliveryFilter& filter) {
    return withIndex([&](const index::IndexMoment* moment) {
        return DeliveryListing(database_, deliveries_, moment).count(filter);
    });
}

std::set<std::string> Reader::endpointsOf(const DeliveryFilter& filter) {
    return withIndex([&](const index::IndexMoment* moment) {
        return DeliveryListing(database_, deliveries_, moment).endpointsOf(filter);
    });
}

WalkedDeliveries Reader::walk(const DeliveryFilter& filter, std::int64_t after, std::int64_t before,
                              std::uint32_t limit) {
    return withIndex([&](const index::IndexMoment* moment) {
        return DeliveryListing(database_, deliveries_, moment).walk(filter, after, before, limit);
    });
}

Result<StatsView> Reader::stats(const figures::Window& window) {
    return withIndex([&](const index::IndexMoment* moment) {
        return FiguresListing(database_, moment).stats(window);
    });
}

Result<figures::EndpointReport> Reader::endpoints(const figures::Window& window,
                                                  const std::string& always) {
    const auto paused = pausedEndpoints();
    std::set<std::string> shown = paused;
    if (!always.empty()) shown.insert(always);
    auto report = withIndex([&](const index::IndexMoment* moment) {
        return FiguresListing(database_, moment).endpoints(window, shown);
    });
    if (!report) return report;
    for (const std::string& endpoint : paused) {
        if (endpoint != "*") report.value().of(endpoint).pause = pauseOf(endpoint);
    }
    return report;
}

void Reader::tellError(EndpointView& view, figures::EndpointReport& report) {
    view.last_error = figures::errorInWords(database_, report.of(view.endpoint).streak.last_error);
}

std::optional<std::uint64_t> Reader::indexPosition() {
    return withIndex([](const index::IndexMoment* moment) {
        return moment ? std::optional(moment->position) : std::nullopt;
    });
}

ResponseView Reader::show(const Response& response) {
    std::string delivery_status;
    if (!response.delivery.empty()) {
        const auto key = events_.findStream(response.delivery);
        if (const auto callback = key ? deliveries_.findReadable(*key) : std::nullopt)
            delivery_status = toString(callback->status);
    }
    ResponseView view = viewOf(response, std::move(delivery_status));
    if (response.delivery.empty())
        std::tie(view.ignored_code, view.ignored_reason) =
            reasonIn(response.id, "callback_ignored");
    if (response.state == ResponseState::kCallFailed)
        view.reason = reasonIn(response.id, "response_completed").second;
    return view;
}

/// `code` and `reason` of the newest event of a type in a response's stream.
std::pair<std::string, std::string> Reader::reasonIn(const StreamId& response, const char* type) {
    response_reason_.bindText(1, response);
    response_reason_.bindText(2, type);
    Query query(response_reason_);
    if (!query.next()) return {};
    return {std::string(response_reason_.text(0)), std::string(response_reason_.text(1))};
}

std::vector<std::int64_t> Reader::responseKeys(const index::ResponseSelection& selection,
                                               const index::KeyBounds& bounds, bool newest_first,
                                               std::size_t limit) {
    return withIndex([&](const index::IndexMoment* moment) {
        return index::ResponseQuery(database_, moment, selection).page(bounds, newest_first, limit);
    });
}

Page<ResponseView> Reader::responses(const ResponseFilter& filter, std::uint32_t limit,
                                     std::int64_t before) {
    const std::vector<std::int64_t> keys =
        responseKeys(selectionOf(filter), {.before = before}, true, limit + std::size_t{1});
    Page<ResponseView> page;
    for (const std::int64_t key : keys) {
        if (page.data.size() == limit) break;
        if (const auto response = responses_.findReadable(key))
            page.data.push_back(show(*response));
    }
    if (keys.size() > limit) page.next_cursor = cursorOf(kResponseCursor, keys[limit - 1]);
    return page;
}

std::uint64_t Reader::countResponses(const ResponseFilter& filter) {
    return withIndex([&](const index::IndexMoment* moment) {
        return index::ResponseQuery(database_, moment, selectionOf(filter)).count();
    });
}

WalkedResponses Reader::settledResponses(Timestamp before, std::int64_t after,
                                         std::uint32_t limit) {
    const std::vector<std::int64_t> keys = responseKeys(
        {.codes = index::kStored, .updated_before = before}, {.after = after}, false, limit);
    WalkedResponses walked{.reached = after, .done = keys.size() < limit};
    for (const std::int64_t key : keys) {
        walked.reached = key;
        // It goes for good: not the index says so, nor a row, but the events.
        const auto response = responses_.recordedReadable(key);
        if (!response || response->state != ResponseState::kCompleted ||
            response->from_later_version || response->updated_at >= before)
            continue;
        if (callbackIsOver(*response)) walked.found.push_back(response->id);
    }
    return walked;
}

/// One that cannot be read may still need the object.
bool Reader::callbackIsOver(const Response& response) {
    if (response.delivery.empty()) return true;
    const auto key = events_.findStream(response.delivery);
    if (!key) return true;
    const auto callback = deliveries_.recordedReadable(*key);
    return callback && callback->finished();
}

std::optional<Delivery> Reader::delivery(const StreamId& id) {
    const auto key = events_.findStream(id);
    return key ? deliveries_.recorded(*key) : std::nullopt;
}

/// Whose it is and what became of it, the events say; the rows only lead to it.
std::optional<Response> Reader::response(const std::string& id) {
    std::optional<Response> deleted;
    {
        response_by_object_.bindText(1, id);
        Query query(response_by_object_);
        while (query.next()) {
            auto response = responses_.recorded(response_by_object_.integer(0));
            if (!response || response->object_id != id) continue;
            if (response->state != ResponseState::kDeleted) return response;
            if (!deleted) deleted = std::move(response);
        }
    }
    if (deleted) return deleted;
    const auto key = events_.findStream(id);
    return key ? responses_.recorded(*key) : std::nullopt;
}

Bytes Reader::payloadOf(const Delivery& delivery) {
    if (delivery.payload_erased) return nullptr;
    if (delivery.payload_stream.empty()) return attachments_.payloadOf(delivery, std::nullopt);
    const auto key = events_.findStream(delivery.payload_stream);
    const auto response = key ? responses_.recorded(*key) : std::nullopt;
    if (response && response->payload_erased) return nullptr;
    return attachments_.payloadOf(delivery, response);
}

Bytes Reader::objectOf(const Response& response) {
    if (response.payload_erased) return nullptr;
    return response.payload_position != 0 ? attachments_.payload(response.payload_position)
                                          : attachments_.requestedObject(response.created_position);
}

DeliveryDetail Reader::detail(const Delivery& delivery) {
    const auto stream = events_.readStream(delivery.id);
    DeliveryDetail detail{show(delivery), attemptsOf(stream)};
    addRequestHeaders(detail.attempts, stream, attachments_);
    for (AttemptView& attempt : detail.attempts) {
        showExchange(attempt, attachments_);
    }
    return detail;
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

std::optional<BulkRedelivery> Reader::bulkRedelivery(const StreamId& id) {
    const auto key = events_.findStream(id);
    return key ? bulk_redeliveries_.recorded(*key) : std::nullopt;
}

std::vector<BulkRedelivery> Reader::unfinishedBulkRedeliveries() {
    std::vector<BulkRedelivery> unfinished;
    Statement statement(database_, DerivedTable<BulkRedelivery>::selectSql("ORDER BY d.stream"));
    Query query(statement);
    while (query.next()) {
        const auto row = bulk_redeliveries_.believeReadable(statement);
        if (!row || !isOpen(*row)) continue;
        // What it sends is what the events say.
        auto bulk = bulk_redeliveries_.recordedReadable(bulk_redeliveries_.keyOf(statement));
        if (bulk && isOpen(*bulk)) unfinished.push_back(*std::move(bulk));
    }
    return unfinished;
}

Page<BulkRedelivery> Reader::bulkRedeliveries(std::uint32_t limit, std::int64_t before) {
    Page<BulkRedelivery> page;
    Statement statement(database_,
                        DerivedTable<BulkRedelivery>::selectSql(
                            "WHERE ?1 = 0 OR d.stream < ?1 ORDER BY d.stream DESC LIMIT ?2"));
    statement.bind(1, before);
    statement.bind(2, std::uint64_t{limit} + 1);
    std::int64_t last = 0;
    std::uint32_t seen = 0;
    Query query(statement);
    while (query.next()) {
        if (seen++ == limit) {
            page.next_cursor = cursorOf(kBulkCursor, last);
            break;
        }
        last = DerivedTable<BulkRedelivery>::keyOf(statement);
        if (auto bulk = bulk_redeliveries_.believeReadable(statement))
            page.data.push_back(*std::move(bulk));
    }
    return page;
}

BulkProgress Reader::bulkProgress(const StreamId& id) {
    Statement statement(
        database_,
        "SELECT count(*), max(stream) FROM event_log WHERE global_position > "
        "(SELECT e.global_position FROM event_log e JOIN streams s ON s.stream = e.stream "
        " WHERE s.id = ?1 AND e.position = 1) "
        "AND type = 'redelivery_requested' AND " +
            inData("data", "bulk") + " = ?1");
    statement.bindText(1, id);
    Query query(statement);
    if (!query.next()) return {};
    const BulkProgress passed = passedOver(id);
    return {statement.unsignedInteger(0), passed.refused,
            std::max(statement.integer(1), passed.newest_key)};
}

/// The newest word on what it refused.
BulkProgress Reader::passedOver(const StreamId& id) {
    const std::string through = inData("e.data", "through");
    Statement statement(database_, "SELECT " + inData("e.data", "refused") +
                                       ", t.stream FROM event_log e "
                                       "JOIN streams s ON s.stream = e.stream "
                                       "JOIN streams t ON t.id = " +
                                       through +
                                       " WHERE s.id = ?1 AND e.type = 'bulk_redelivery_refused' "
                                       "ORDER BY e.position DESC LIMIT 1");
    statement.bindText(1, id);
    Query query(statement);
    if (!query.next()) return {};
    return {.refused = statement.unsignedInteger(0), .newest_key = statement.integer(1)};
}

EndpointState Reader::pauseOf(const std::string& endpoint) {
    const auto key = events_.findStream(endpoint);
    return key ? endpoints_.find(*key).value_or(EndpointState{}) : EndpointState{};
}

}  // namespace waybill::sqlite
