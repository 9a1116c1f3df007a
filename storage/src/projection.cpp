#include "projection.h"

#include "idempotency.h"

#include <type_traits>
#include <variant>

namespace waybill::sqlite {

namespace {

/// As `derived_delivery_open` says it: open ones, and rows that hold what no state can be.
constexpr const char* kMaybeOpenDelivery =
    "(d.next_attempt_at IS NOT NULL OR d.attempt_open "
    "OR d.status NOT IN ('delivered', 'failed', 'cancelled'))";

/// A row that is not there any more (somebody deleted it by hand) is made again.
template <typename State>
void updateOrInsert(Database& database, DerivedTable<State>& table, std::int64_t key,
                    const State& state) {
    table.update(key, state);
    if (sqlite3_changes(database.handle()) == 0) table.insert(key, state);
}

}  // namespace

Projection::Projection(Database& database)
    : database_(database),
      deliveries_(database),
      responses_(database),
      endpoints_(database),
      bulk_redeliveries_(database),
      idempotency_(database),
      remember_idempotency_(
          database,
          "INSERT OR REPLACE INTO derived_idempotency(key, stream, body, accepted_at) "
          "VALUES(?1, ?2, ?3, ?4)"),
      open_deliveries_(database, DerivedTable<Delivery>::selectSql(
                                     "WHERE " + std::string(kMaybeOpenDelivery) +
                                     " AND d.stream > ifnull((SELECT stream FROM event_log "
                                     "WHERE global_position = ?1), 0) ORDER BY d.stream")),
      open_responses_(database, DerivedTable<Response>::selectSql(
                                    "WHERE d.state NOT IN ('completed', 'call_failed', 'deleted') "
                                    "ORDER BY d.stream")),
      touched_endpoints_(database, DerivedTable<EndpointState>::selectSql("")),
      endpoints_without_row_(database,
                             "SELECT s.stream FROM streams s "
                             "WHERE s.id >= 'http' AND s.id < 'httq' AND NOT EXISTS("
                             "SELECT 1 FROM derived_endpoint d WHERE d.stream = s.stream)"),
      tell_not_empty_(database, "INSERT OR IGNORE INTO derived_state(name, value) VALUES(?1, 1)") {}

StreamState Projection::find(std::int64_t key) {
    if (auto delivery = deliveries_.sound(key)) return *std::move(delivery);
    if (auto response = responses_.sound(key)) return *std::move(response);
    if (auto endpoint = endpoints_.sound(key)) return *std::move(endpoint);
    if (auto bulk = bulk_redeliveries_.sound(key)) return *std::move(bulk);
    return {};
}

void Projection::tellNotEmpty(const char* table, bool& told) {
    if (told) return;
    tell_not_empty_.bindText(1, table);
    tell_not_empty_.run();
    told = true;
}

void Projection::insert(std::int64_t key, const StreamState& state) {
    const auto insertInto = [&](auto& table, const auto& held, bool& told) {
        table.insert(key, held);
        tellNotEmpty(table.kName, told);
    };
    if (const auto* delivery = std::get_if<Delivery>(&state)) {
        insertInto(deliveries_, *delivery, told_.deliveries);
    } else if (const auto* response = std::get_if<Response>(&state)) {
        insertInto(responses_, *response, told_.responses);
    } else if (const auto* endpoint = std::get_if<EndpointState>(&state)) {
        insertInto(endpoints_, *endpoint, told_.endpoints);
    } else if (const auto* bulk = std::get_if<BulkRedelivery>(&state)) {
        insertInto(bulk_redeliveries_, *bulk, told_.bulk_redeliveries);
    }
}

void Projection::update(std::int64_t key, const StreamState& state) {
    if (const auto* delivery = std::get_if<Delivery>(&state)) {
        updateOrInsert(database_, deliveries_, key, *delivery);
    } else if (const auto* response = std::get_if<Response>(&state)) {
        updateOrInsert(database_, responses_, key, *response);
    } else if (const auto* endpoint = std::get_if<EndpointState>(&state)) {
        updateOrInsert(database_, endpoints_, key, *endpoint);
    } else if (const auto* bulk = std::get_if<BulkRedelivery>(&state)) {
        updateOrInsert(database_, bulk_redeliveries_, key, *bulk);
    }
}

void Projection::rememberIdempotency(std::int64_t key, const RecordedEvent& accepted) {
    const IdempotencyKey* const idempotency = idempotencyOf(accepted.event);
    if (idempotency == nullptr) return;
    remember_idempotency_.bindBlob(1, idempotency->key);
    remember_idempotency_.bind(2, key);
    remember_idempotency_.bindBlob(3, idempotency->body);
    remember_idempotency_.bind(4, accepted.recorded_at.time_since_epoch().count());
    remember_idempotency_.run();
    tellNotEmpty("derived_idempotency", told_.idempotency);
}

void Projection::visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                                     const std::function<void(Delivery)>& visit) {
    open_deliveries_.bind(1, after);
    Query query(open_deliveries_);
    for (std::size_t visited = 0; visited < limit && query.next();) {
        auto delivery = deliveries_.believe(open_deliveries_);
        if (!delivery || !delivery->live()) continue;
        visit(*std::move(delivery));
        ++visited;
    }
}

std::size_t Projection::openDeliveryCount() {
    return static_cast<std::size_t>(database_.number(
        std::string("SELECT count(*) FROM derived_delivery d WHERE ") + kMaybeOpenDelivery));
}

std::vector<StreamId> Projection::openResponses() {
    std::vector<StreamId> open;
    Query query(open_responses_);
    while (query.next()) {
        const auto response = responses_.believe(open_responses_);
        if (response && response->state == ResponseState::kCreated) open.push_back(response->id);
    }
    return open;
}

/// They are few, so all are read: a row that says otherwise, or that somebody deleted, is met as
/// well.
std::vector<EndpointState> Projection::pausedEndpoints() {
    std::vector<EndpointState> paused;
    const auto add = [&](std::optional<EndpointState> endpoint) {
        if (endpoint && endpoint->paused) paused.push_back(*std::move(endpoint));
    };
    Query query(touched_endpoints_);
    while (query.next())
        add(endpoints_.believe(touched_endpoints_));
    Query missing(endpoints_without_row_);
    while (missing.next())
        add(endpoints_.find(endpoints_without_row_.integer(0)));
    return paused;
}

}  // namespace waybill::sqlite
