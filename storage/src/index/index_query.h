// Listings answered from the index.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "figures/waiting.h"
#include "index/block_scan.h"
#include "index/row_source.h"
#include "index/text_filter.h"
#include "log/database.h"
#include "read/page_cursor.h"

namespace waybill::sqlite::index {

/// Places of a page, and whether there are more behind them.
struct PlacePage {
    std::vector<Place> places;
    bool more = false;
};

/// One filter on one state of index and log. A pass over the columns it looks at, but for blocks
/// that cannot match: at 10 million deliveries some milliseconds a column.
class IndexQuery {
public:
    /// All must outlive it; index and log each within a read transaction.
    IndexQuery(Database& log, Database& index, const Newer& newer, DeliveryFilter filter);

    PlacePage page(const PageRequest& request, const std::optional<Place>& place,
                   const KeyBounds& bounds = {});
    std::uint64_t count();
    std::set<std::string> endpoints();
    figures::WaitingByEndpoint waiting();

private:
    class Order;
    class Collection;

    void dropOtherSubjects(std::int64_t block, Bits& bits);
    /// The rows of a block that match and are not newer.
    Bits evaluate(std::int64_t block);
    void collect(std::int64_t block, const Order& order, const KeyBounds& bounds,
                 Collection& collection);
    /// Calls `use(key, row)` for those of the newer that match.
    template <typename Use>
    void forEachNewer(Use use);
    /// Calls `use(endpoint, next)` for all rows of the index that match.
    template <typename Use>
    void forEachRow(Use use);

    Database& index_;
    const Newer& newer_;
    const DeliveryFilter filter_;
    RowSource rows_;
    BlockScan scan_;
    std::optional<TextFilter> text_;
};

}  // namespace waybill::sqlite::index
