#include "log/projection.h"

#include <set>
#include <type_traits>
#include <utility>
#include <variant>

namespace waybill::sqlite {

namespace {

/// As `derived_delivery_open` says it: open ones, and rows that hold what no state can be.
constexpr const char* kMaybeOpenDelivery =
    "(d.next_attempt_at IS NOT NULL OR d.attempt_open "
    "OR d.status NOT IN ('delivered', 'failed', 'cancelled'))";

/// Rows; some tenths of a second at most. A start must not wait for millions.
constexpr std::int64_t kMostComparedAtStart = 50'000;
/// A start reads the streams of as many events again; a commit writes a page less.
constexpr std::uint64_t kEventsBetweenSums = 256;
/// Of idempotency keys, for each that is added: the table comes to twice what counts at most.
constexpr std::size_t kLookedAtForEach = 2;

template <typename State>
inline constexpr bool kHasTable =
    std::is_same_v<State, Delivery> || std::is_same_v<State, Response> ||
    std::is_same_v<State, EndpointState> || std::is_same_v<State, BulkRedelivery>;

/// Of the rows of a statement that are open, at most `most` and one more. A stream whose events
/// contradict each other is not counted: nothing goes on with it.
template <typename State>
RowSum sumOfOpen(DerivedTable<State>& table, Statement& rows, std::int64_t most) {
    RowSum sum;
    Query query(rows);
    while (sum.rows <= most && query.next()) {
        try {
            const auto state = table.meant(rows);
            const std::int64_t key = table.keyOf(rows);
            if (state && isOpen(*state)) sum.add(table.digestOf(key, *state));
        } catch (const CorruptLog&) {
        }
    }
    return sum;
}

/// Of all rows of a statement that are as they were written, at most `most` and one more.
template <typename State>
RowSum sumOfSound(DerivedTable<State>& table, Statement& rows, std::int64_t most) {
    RowSum sum;
    Query query(rows);
    while (sum.rows <= most && query.next()) {
        if (const auto state = table.sound(rows))
            sum.add(table.digestOf(table.keyOf(rows), *state));
    }
    return sum;
}

RowSum changeOfAll(const Share& before, const Share& after) {
    RowSum change;
    if (before) change.remove(before->digest);
    if (after) change.add(after->digest);
    return change;
}

RowSum changeOfOpen(const Share& before, const Share& after) {
    return changeOfAll(before && before->open ? before : Share(),
                       after && after->open ? after : Share());
}

}  // namespace

Projection::Projection(Database& database)
    : database_(database),
      deliveries_(database),
      responses_(database),
      endpoints_(database),
      bulk_redeliveries_(database),
      idempotency_(database),
      sums_(database),
      open_deliveries_(database, DerivedTable<Delivery>::selectSql(
                                     "WHERE " + std::string(kMaybeOpenDelivery) +
                                     " AND d.stream > ifnull((SELECT stream FROM event_log "
                                     "WHERE global_position = ?1), 0) ORDER BY d.stream")),
      open_responses_(database, DerivedTable<Response>::selectSql(
                                    "WHERE d.state NOT IN ('completed', 'call_failed', 'deleted') "
                                    "ORDER BY d.stream")),
      left_out_(database, "SELECT value FROM derived_state WHERE name = 'left out ' || value"),
      touched_endpoints_(database, DerivedTable<EndpointState>::selectSql("")),
      all_bulk_redeliveries_(database, DerivedTable<BulkRedelivery>::selectSql("")),
      tell_not_empty_(database, "INSERT OR IGNORE INTO derived_state(name, value) VALUES(?1, 1)") {}

StreamState Projection::find(std::int64_t key) {
    if (auto delivery = deliveries_.sound(key)) return *std::move(delivery);
    if (auto response = responses_.sound(key)) return *std::move(response);
    if (auto endpoint = endpoints_.sound(key)) return *std::move(endpoint);
    if (auto bulk = bulk_redeliveries_.sound(key)) return *std::move(bulk);
    return {};
}

// ---- writing

Share Projection::shareOf(std::int64_t key, const StreamState& state) const {
    return std::visit(
        [&](const auto& held) -> Share {
            using State = std::decay_t<decltype(held)>;
            if constexpr (kHasTable<State>)
                return RowShare{DerivedTable<State>::digestOf(key, held), isOpen(held)};
            return std::nullopt;
        },
        state);
}

void Projection::tellNotEmpty(const char* table, bool& told) {
    if (told) return;
    tell_not_empty_.bindText(1, table);
    tell_not_empty_.run();
    told = true;
}

template <typename State>
Share Projection::write(DerivedTable<State>& table, bool& told, std::int64_t key,
                        const State& state, bool is_new) {
    const std::int64_t digest = is_new ? table.insert(key, state) : table.update(key, state);
    if (is_new) tellNotEmpty(table.kName, told);
    return RowShare{digest, isOpen(state)};
}

Share Projection::write(std::int64_t key, const StreamState& state, bool is_new) {
    if (const auto* delivery = std::get_if<Delivery>(&state))
        return write(deliveries_, told_.deliveries, key, *delivery, is_new);
    if (const auto* response = std::get_if<Response>(&state))
        return write(responses_, told_.responses, key, *response, is_new);
    if (const auto* endpoint = std::get_if<EndpointState>(&state))
        return write(endpoints_, told_.endpoints, key, *endpoint, is_new);
    if (const auto* bulk = std::get_if<BulkRedelivery>(&state))
        return write(bulk_redeliveries_, told_.bulk_redeliveries, key, *bulk, is_new);
    return std::nullopt;
}

Share Projection::insert(std::int64_t key, const StreamState& state) {
    const Share after = write(key, state, true);
    count(state, key, {}, after);
    return after;
}

Share Projection::update(std::int64_t key, const StreamState& state, const Share& before) {
    const Share after = write(key, state, false);
    count(state, key, before, after);
    return after;
}

void Projection::count(const StreamState& state, std::int64_t key, const Share& before,
                       const Share& after) {
    const RowSum change = changeOfOpen(before, after);
    std::visit(
        [&](const auto& held) {
            using State = std::decay_t<decltype(held)>;
            if constexpr (kHasTable<State>) sums_.change(sumOf(held), change);
            if constexpr (std::is_same_v<State, Response>)
                sums_.change(Summed::kResponses, changeOfAll(before, after));
            if constexpr (std::is_same_v<State, Delivery>) {
                if (walk_ && key <= walk_->reached) walk_->changes += change;
            }
        },
        state);
}

void Projection::rememberIdempotency(std::int64_t key, const RecordedEvent& accepted) {
    const auto change = idempotency_.remember(key, accepted);
    if (!change) return;
    sums_.change(Summed::kIdempotencyKeys, *change);
    if (change->rows == 0) write_sums_ = true;  // one took another's place: no event tells of that
    tellNotEmpty("derived_idempotency", told_.idempotency);
    ++remembered_;
    remembered_at_ = accepted.recorded_at;
}

void Projection::finish(std::uint64_t position) {
    if (position - summed_at_ >= kEventsBetweenSums) write_sums_ = true;
    if (!write_sums_) return;
    if (remembered_ != 0) {
        sums_.change(Summed::kIdempotencyKeys,
                     idempotency_.removeOld(kLookedAtForEach * remembered_, remembered_at_));
    }
    finishAll(position);
}

void Projection::finishAll(std::uint64_t position) {
    sums_.write(position);
    summed_at_ = position;
    remembered_ = 0;
}

void Projection::committed() {
    sums_.committed();
    write_sums_ = false;
    if (walk_) walk_->met += std::exchange(walk_->changes, {});
}

void Projection::forget() {
    sums_.forget();
    write_sums_ = true;
    told_ = {};
    walk_.reset();
}

/// The sums as they are after the newest event, from those after the one at `position`: the streams
/// of newer ones are folded up to there and to their ends.
void Projection::catchUp(std::uint64_t position) {
    summed_at_ = position;
    std::set<std::int64_t> keys;
    {
        Statement newer(database_, "SELECT stream FROM event_log WHERE global_position > ?1");
        newer.bind(1, position);
        Query query(newer);
        while (query.next())
            keys.insert(newer.integer(0));
    }
    Statement events(database_, selectEvents("WHERE e.stream = ?1 ORDER BY e.position"));
    for (const std::int64_t key : keys) {
        events.bind(1, key);
        Query query(events);
        StreamState state;
        Share before;
        bool is_newer = false;
        try {
            while (query.next()) {
                const RecordedEvent event = decode(storedRow(events));
                const bool was_newer = std::exchange(is_newer, event.global_position > position);
                if (is_newer && !was_newer) before = shareOf(key, state);
                foldInto(state, event);
                if (is_newer)
                    sums_.change(Summed::kIdempotencyKeys, idempotency_.rowOf(key, event));
            }
        } catch (const CorruptLog&) {  // the sums do not fit then, and all rows are made anew
        }
        count(state, key, before, shareOf(key, state));
    }
    sums_.committed();
}

// ---- what a start goes on with

std::string Projection::differenceOf(Summed rows, const RowSum& found) const {
    const RowSum& written = sums_.of(rows);
    if (found == written) return {};
    const std::string name = nameOf(rows);
    return "the derived rows of " + name + " are not the " + std::to_string(written.rows) +
           " that were written, but " +
           (found.rows == written.rows  ? "others"
            : found.rows > written.rows ? "more"
                                        : std::to_string(found.rows));
}

std::string Projection::difference() {
    const auto summed = sums_.read();
    const auto newest =
        static_cast<std::uint64_t>(database_.number("SELECT max(global_position) FROM event_log"));
    if (!summed || *summed > newest || newest - *summed >= kEventsBetweenSums)
        return "the sums of the derived rows are not those of this log";
    catchUp(*summed);
    // What can be many is compared while it is few.
    const auto isFew = [&](Summed rows) { return sums_.of(rows).rows <= kMostComparedAtStart; };
    const auto most = [&](Summed rows) { return sums_.of(rows).rows; };
    const std::int64_t streams = database_.number("SELECT max(stream) FROM streams");
    if (most(Summed::kOpenDeliveries) < 0 || most(Summed::kOpenDeliveries) > streams)
        return "derived_sums holds a number of open deliveries that cannot be";
    std::string found;
    const auto compare = [&](Summed rows, const auto& sum) {
        if (found.empty()) found = differenceOf(rows, sum(most(rows)));
    };
    compare(Summed::kPausedEndpoints,
            [&](std::int64_t rows) { return sumOfOpen(endpoints_, touched_endpoints_, rows); });
    compare(Summed::kOpenBulkRedeliveries, [&](std::int64_t rows) {
        return sumOfOpen(bulk_redeliveries_, all_bulk_redeliveries_, rows);
    });
    compare(Summed::kOpenResponses,
            [&](std::int64_t rows) { return sumOfOpen(responses_, open_responses_, rows); });
    if (isFew(Summed::kOpenDeliveries)) {
        open_deliveries_.bind(1, std::uint64_t{0});
        compare(Summed::kOpenDeliveries,
                [&](std::int64_t rows) { return sumOfOpen(deliveries_, open_deliveries_, rows); });
    }
    if (isFew(Summed::kResponses)) {
        Statement all(database_, DerivedTable<Response>::selectSql(""));
        compare(Summed::kResponses,
                [&](std::int64_t rows) { return sumOfSound(responses_, all, rows); });
    }
    if (isFew(Summed::kIdempotencyKeys))
        compare(Summed::kIdempotencyKeys,
                [&](std::int64_t rows) { return idempotency_.sum(rows); });
    return found;
}

void Projection::visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                                     const std::function<void(Delivery)>& visit,
                                     const std::function<void(const CorruptLog&)>& unreadable) {
    if (after == 0) {
        walk_ = Walk{};
        visitLeftOut(unreadable);
    } else if (walk_ && walk_->reached_at != after) {
        walk_.reset();
    }
    if (!visitPortion(after, limit, visit, unreadable) || !walk_) return;
    const std::string difference = differenceOf(Summed::kOpenDeliveries, walk_->met);
    walk_.reset();
    if (!difference.empty()) throw DerivedRowsDiffer(difference);
}

/// Deliveries that have no row because they cannot be read.
void Projection::visitLeftOut(const std::function<void(const CorruptLog&)>& unreadable) {
    Query query(left_out_);
    while (query.next()) {
        try {
            deliveries_.recorded(left_out_.integer(0));
        } catch (const CorruptLog& error) {
            unreadable(error);
        }
    }
}

/// Whether it has come to the end.
bool Projection::visitPortion(std::uint64_t after, std::size_t limit,
                              const std::function<void(Delivery)>& visit,
                              const std::function<void(const CorruptLog&)>& unreadable) {
    open_deliveries_.bind(1, after);
    Query query(open_deliveries_);
    for (std::size_t visited = 0; visited < limit;) {
        if (!query.next()) return true;
        std::optional<Delivery> delivery;
        try {
            delivery = deliveries_.believe(open_deliveries_);
        } catch (const CorruptLog& error) {
            unreadable(error);
        }
        if (!delivery || !isOpen(*delivery)) continue;
        if (walk_) {
            walk_->reached_at = delivery->accepted_position;
            walk_->reached = deliveries_.keyOf(open_deliveries_);
            walk_->met.add(deliveries_.digestOf(walk_->reached, *delivery));
        }
        visit(*std::move(delivery));
        ++visited;
    }
    return false;
}

std::size_t Projection::openDeliveryCount() const {
    return static_cast<std::size_t>(sums_.of(Summed::kOpenDeliveries).rows);
}

std::vector<StreamId> Projection::openResponses() {
    std::vector<StreamId> open;
    Query query(open_responses_);
    while (query.next()) {
        const auto response = responses_.believeReadable(open_responses_);
        if (response && isOpen(*response)) open.push_back(response->id);
    }
    return open;
}

/// They are few, so all are read: a row that says otherwise is met as well.
std::vector<EndpointState> Projection::pausedEndpoints() {
    std::vector<EndpointState> paused;
    Query query(touched_endpoints_);
    while (query.next()) {
        auto endpoint = endpoints_.believeReadable(touched_endpoints_);
        if (endpoint && isOpen(*endpoint)) paused.push_back(*std::move(endpoint));
    }
    return paused;
}

}  // namespace waybill::sqlite
