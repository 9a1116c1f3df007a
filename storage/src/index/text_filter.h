// A prefix search over ids, subjects and URLs, block by block.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "index/block_filter.h"
#include "index/row_source.h"
#include "index/text_run.h"
#include "index/text_store.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// Rows that no run covers yet are looked at one by one.
class TextFilter {
public:
    /// `rows` reads the log.
    TextFilter(Database& log, Database& index, RowSource& rows, std::string q);

    /// Takes away the rows of a block that do not match.
    void narrow(std::int64_t block, Bits& bits);

private:
    struct Fence {
        std::string least;
        std::string most;
    };

    const Fence& fenceOf(TextKind kind, std::int64_t run) const;
    void findIds(Database& log);
    void readFences(Database& index);
    void searchHalf(std::int64_t run, std::size_t first_row, const Bits& asked, Bits& found);
    void searchLog(std::int64_t run, std::size_t first_row, Bits& found);
    void searchRun(TextKind kind, std::int64_t run, std::size_t first_row, Bits& found);
    void searchIds(std::int64_t run, std::size_t first_row, const Bits& asked, Bits& found);
    template <typename Matches>
    void searchRows(std::int64_t run, std::size_t first_row, const Bits& asked, Bits& found,
                    Matches matches);

    RowSource& rows_;
    const std::string q_;
    Statement texts_;  ///< of a stretch of the log
    Blob blob_;
    std::unordered_map<std::int64_t, Fence> fences_;  ///< by text key
    std::vector<std::int64_t> ids_;                   ///< keys whose id matches; sorted
    bool many_ids_ = false;                           ///< too many for `ids_`
};

}  // namespace waybill::sqlite::index
