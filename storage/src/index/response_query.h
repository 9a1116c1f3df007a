// Listings of responses, from the index where there is one and else from the derived table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/block_scan.h"
#include "index/index_connection.h"
#include "index/response_source.h"
#include "log/database.h"
#include "waybill/admin_api.h"
#include "waybill/time.h"

namespace waybill::sqlite::index {

/// Which responses; an absent time does not filter.
struct ResponseSelection {
    CodeRange codes = kThere;
    std::string client{};
    std::optional<Timestamp> since{};           ///< created at or after
    std::optional<Timestamp> until{};           ///< created before
    std::optional<Timestamp> updated_before{};  ///< the newest event is older
};

/// Finds their keys, which are in the order of creation. Without an index it reads the derived
/// table, a microsecond a row: right, and as slow as that is long.
class ResponseQuery {
public:
    /// `moment`: null where there is no index. Both must outlive it; the log within a read
    /// transaction.
    ResponseQuery(Database& log, const IndexMoment* moment, ResponseSelection selection);

    /// The first keys within bounds, newest or oldest first.
    std::vector<std::int64_t> page(const KeyBounds& bounds, bool newest_first, std::size_t limit);

    std::uint64_t count();

private:
    void requireInIndex();
    bool matches(std::int64_t key);
    std::vector<std::int64_t> pageOfIndex(const KeyBounds& bounds, bool newest_first,
                                          std::size_t limit);
    std::vector<std::int64_t> pageOfTable(const KeyBounds& bounds, bool newest_first,
                                          std::size_t limit);

    Database& log_;
    const IndexMoment* const moment_;
    const ResponseSelection selection_;
    ResponseSource rows_;
    std::optional<BlockScan> scan_;
};

}  // namespace waybill::sqlite::index
