#include "index/index_query.h"

#include <algorithm>
#include <array>
#include <limits>
#include <queue>
#include <utility>

#include "index/names.h"

namespace waybill::sqlite::index {

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::array kOfDeliveriesOnly = {Column::kStatus, Column::kEndpoint, Column::kSubject,
                                          Column::kReason, Column::kHttpStatus};

std::string nameIn(const std::unordered_map<std::int64_t, std::string>& names,
                   std::int64_t number) {
    const auto found = names.find(number);
    if (found == names.end()) throw SqliteError(SQLITE_CORRUPT, "the index has lost a name");
    return found->second;
}

}  // namespace

/// In which order a page collects, and where it begins.
class IndexQuery::Order {
public:
    Order(const PageRequest& request, const std::optional<Place>& place)
        : order_(request.order), ascends_(ascends(request)), place_(place) {}

    bool byKey() const { return order_ == DeliveryOrder::kCreated; }
    Column column() const {
        return order_ == DeliveryOrder::kUpdated ? Column::kUpdated : Column::kNext;
    }
    bool isBefore(const Place& a, const Place& b) const { return ascends_ ? a < b : b < a; }
    bool isBehindStart(const Place& place) const { return !place_ || isBefore(*place_, place); }

    Place placeOf(std::int64_t key, const SourceRow& row) const {
        if (byKey()) return {0, key};
        const std::uint64_t value = column() == Column::kUpdated ? row.updated : row.next;
        return {static_cast<std::int64_t>(value), key};
    }

    /// The first and the last place that a block can have, in this order.
    std::pair<Place, Place> ends(std::int64_t block, const Zones& zones) const {
        std::pair<Place, Place> ends{{0, block * kRows}, {0, block * kRows + kRows - 1}};
        if (!byKey()) {
            const Zone& zone = zones[static_cast<std::size_t>(column())];
            ends = {{static_cast<std::int64_t>(zone.least), 0},
                    {static_cast<std::int64_t>(zone.most), kLargest}};
        }
        if (!ascends_) std::swap(ends.first, ends.second);
        return ends;
    }

private:
    DeliveryOrder order_;
    bool ascends_;
    std::optional<Place> place_;
};

/// The first places of all that are offered.
class IndexQuery::Collection {
public:
    Collection(const Order& order, std::size_t most)
        : order_(order), most_(most), places_(Later{&order}) {}

    void offer(const Place& place) {
        if (!order_.isBehindStart(place) || !wants(place)) return;
        places_.push(place);
        if (places_.size() > most_) places_.pop();
    }
    bool wants(const Place& place) const {
        return places_.size() < most_ || order_.isBefore(place, places_.top());
    }

    std::vector<Place> take() {
        std::vector<Place> places;
        for (; !places_.empty(); places_.pop())
            places.push_back(places_.top());
        std::reverse(places.begin(), places.end());
        return places;
    }

private:
    struct Later {
        const Order* order;
        bool operator()(const Place& a, const Place& b) const { return order->isBefore(a, b); }
    };

    const Order& order_;
    std::size_t most_;
    std::priority_queue<Place, std::vector<Place>, Later> places_;
};

IndexQuery::IndexQuery(Database& log, Database& index, const Newer& newer, DeliveryFilter filter)
    : index_(index), newer_(newer), filter_(std::move(filter)), rows_(log), scan_(index, newer) {
    if (const auto status = deliveryStatusFrom(filter_.status)) {
        if (*status == DeliveryStatus::kNone) scan_.requireNothing();
        scan_.require({Column::kStatus, codeOf(*status), codeOf(*status)});
    }
    scan_.require(Column::kEndpoint, filter_.endpoint);
    scan_.require(Column::kClient, filter_.client);
    if (const std::uint64_t hash = hashOf(filter_.subject); hash != 0) {
        scan_.require({Column::kSubject, hash, hash});
    }
    if (const auto reason = failureReasonFrom(filter_.reason)) {
        scan_.require({Column::kReason, codeOf(*reason), codeOf(*reason)});
    }
    if (filter_.http_status) {
        scan_.require({Column::kHttpStatus, *filter_.http_status, *filter_.http_status});
    }
    if (filter_.since) scan_.require({Column::kCreated, micros(*filter_.since)});
    if (filter_.until) {
        const std::uint64_t until = micros(*filter_.until);
        if (until == 0) scan_.requireNothing();
        scan_.require({Column::kCreated, 0, until - 1});
    }
    // What only deliveries have leaves out the rest already.
    const bool left_out = std::any_of(kOfDeliveriesOnly.begin(), kOfDeliveriesOnly.end(),
                                      [&](Column column) { return scan_.asksFor(column); });
    if (!left_out) scan_.require({Column::kStatus, 1, kLastDeliveryStatus});
    if (!filter_.q.empty()) text_.emplace(log, index, rows_, filter_.q);
}

Bits IndexQuery::evaluate(std::int64_t block) {
    Bits bits = scan_.rows(block);
    if (!filter_.subject.empty()) dropOtherSubjects(block, bits);
    if (text_ && !bits.none()) text_->narrow(block, bits);
    return bits;
}

/// Two subjects with the same hash are one in thousands of millions; so many in one block are no
/// accident, and looking at each would take as long as they are many.
void IndexQuery::dropOtherSubjects(std::int64_t block, Bits& bits) {
    constexpr std::uint64_t kNoAccident = 256;
    if (bits.count() >= kNoAccident) return;
    const Bits found = bits;
    found.forEach([&](std::size_t row) {
        rows_.visit(block * kRows + static_cast<std::int64_t>(row), [&](const SourceRow& held) {
            if (held.subject != filter_.subject) bits.clear(row);
        });
    });
}

template <typename Use>
void IndexQuery::forEachNewer(Use use) {
    for (const std::int64_t key : newer_) {
        rows_.visit(key, [&](const SourceRow& row) {
            if (rows_.matches(filter_, key, row)) use(key, row);
        });
    }
}

PlacePage IndexQuery::page(const PageRequest& request, const std::optional<Place>& place,
                           const KeyBounds& bounds) {
    const Order order(request, place);
    if (!order.byKey()) scan_.require({order.column(), 1});
    Collection collection(order, request.limit + 1);
    forEachNewer([&](std::int64_t key, const SourceRow& row) {
        const Place found = order.placeOf(key, row);
        const bool has_place = order.byKey() || found.value != 0;
        if (has_place && bounds.hold(key)) collection.offer(found);
    });
    std::vector<BlockZones> blocks = scan_.blocks();
    std::sort(blocks.begin(), blocks.end(), [&](const BlockZones& a, const BlockZones& b) {
        return order.isBefore(order.ends(a.block, a.zones).first,
                              order.ends(b.block, b.zones).first);
    });
    for (const auto& [block, zones] : blocks) {
        const auto [first, last] = order.ends(block, zones);
        if (!collection.wants(first)) break;
        if (order.isBehindStart(last) && bounds.meet(block)) {
            collect(block, order, bounds, collection);
        }
    }
    PlacePage page{collection.take()};
    page.more = page.places.size() > request.limit;
    if (page.more) page.places.pop_back();
    return page;
}

void IndexQuery::collect(std::int64_t block, const Order& order, const KeyBounds& bounds,
                         Collection& collection) {
    const Bits bits = evaluate(block);
    if (bits.none()) return;
    const auto offer = [&](std::size_t row, std::uint64_t value) {
        const std::int64_t key = block * kRows + static_cast<std::int64_t>(row);
        if (bounds.hold(key)) collection.offer({static_cast<std::int64_t>(value), key});
    };
    if (order.byKey()) return bits.forEach([&](std::size_t row) { offer(row, 0); });
    scan_.columns().visit(order.column(), block, [&](std::string_view bytes) {
        bits.forEach([&](std::size_t row) { offer(row, loadNumber(bytes.data() + row * 8, 8)); });
    });
}

std::uint64_t IndexQuery::count() {
    std::uint64_t count = 0;
    forEachNewer([&](std::int64_t, const SourceRow&) { ++count; });
    for (const BlockZones& block : scan_.blocks())
        count += evaluate(block.block).count();
    return count;
}

template <typename Use>
void IndexQuery::forEachRow(Use use) {
    std::vector<std::pair<std::int64_t, std::size_t>> found;
    for (const BlockZones& block : scan_.blocks()) {
        const Bits bits = evaluate(block.block);
        if (bits.none()) continue;
        found.clear();
        scan_.columns().visit(Column::kEndpoint, block.block, [&](std::string_view bytes) {
            bits.forEach([&](std::size_t row) {
                found.emplace_back(loadNumber(bytes.data() + row * 4, 4), row);
            });
        });
        scan_.columns().visit(Column::kNext, block.block, [&](std::string_view bytes) {
            for (const auto& [endpoint, row] : found)
                use(endpoint, loadNumber(bytes.data() + row * 8, 8));
        });
    }
}

std::set<std::string> IndexQuery::endpoints() {
    std::set<std::string> endpoints;
    forEachNewer([&](std::int64_t, const SourceRow& row) { endpoints.emplace(row.endpoint); });
    std::set<std::int64_t> numbers;
    forEachRow([&](std::int64_t endpoint, std::uint64_t) { numbers.insert(endpoint); });
    const auto names = readNames(index_);
    for (const std::int64_t number : numbers)
        endpoints.insert(nameIn(names, number));
    return endpoints;
}

figures::WaitingByEndpoint IndexQuery::waiting() {
    const auto note = [&](figures::Waiting& waiting, std::uint64_t next) {
        if (filter_.status == "attempting") {
            ++waiting.in_flight;
            return;
        }
        const Timestamp due{Duration(static_cast<std::int64_t>(next))};
        waiting.add({.pending = 1, .oldest_due = due});
    };
    figures::WaitingByEndpoint by_name;
    forEachNewer([&](std::int64_t, const SourceRow& row) {
        note(by_name[std::string(row.endpoint)], row.next);
    });
    std::map<std::int64_t, figures::Waiting> by_number;
    forEachRow([&](std::int64_t endpoint, std::uint64_t next) { note(by_number[endpoint], next); });
    const auto names = readNames(index_);
    for (const auto& [number, waiting] : by_number)
        by_name[nameIn(names, number)].add(waiting);
    return by_name;
}

}  // namespace waybill::sqlite::index
