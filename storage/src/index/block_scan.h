// The rows of an index that hold some conditions, block by block.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "index/block.h"
#include "index/block_filter.h"
#include "log/database.h"
#include "waybill/time.h"

namespace waybill::sqlite::index {

/// The keys of streams that have changed since the index was written; sorted. They are asked of the
/// log itself, so that an answer is what the log says, however far behind the index is.
using Newer = std::vector<std::int64_t>;

/// A time as a column holds it; one before 1970 as 0.
inline std::uint64_t micros(Timestamp time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

struct BlockZones {
    std::int64_t block = 0;
    Zones zones;
};

/// Keys with `after < key < before`; 0: no bound.
struct KeyBounds {
    std::int64_t after = 0;
    std::int64_t before = 0;

    bool hold(std::int64_t key) const;
    bool meet(std::int64_t block) const;
};

/// A pass over the columns it looks at, but for blocks that cannot match: at 10 million rows some
/// milliseconds a column.
class BlockScan {
public:
    /// Both must outlive it; the index within a read transaction.
    BlockScan(Database& index, const Newer& newer)
        : index_(index), newer_(newer), columns_(index) {}

    void require(Condition condition) { conditions_.push_back(condition); }
    /// The number of a name; nothing matches one that the index has never heard of.
    void require(Column column, const std::string& name);
    void requireNothing() { nothing_ = true; }
    bool asksFor(Column column) const;

    /// Those that may hold what is required, by what is known of them; in order.
    std::vector<BlockZones> blocks();

    /// The rows of a block that hold it and are not newer.
    Bits rows(std::int64_t block);

    ColumnSource& columns() { return columns_; }

private:
    bool mayMatch(const Zones& zones) const;

    Database& index_;
    const Newer& newer_;
    ColumnSource columns_;
    std::vector<Condition> conditions_;
    bool nothing_ = false;
};

}  // namespace waybill::sqlite::index
