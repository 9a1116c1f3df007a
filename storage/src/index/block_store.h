// The blocks of the index in its file, as their writer uses them.
#pragma once

#include <memory>

#include "index/blob.h"
#include "index/block.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// Keeps the block it used last in memory: nearly always the newest.
class BlockStore {
public:
    explicit BlockStore(Database& database);

    /// Valid until the next call.
    Block& open(std::int64_t block);

    /// Writes what was changed in it. Within a transaction.
    void save();

private:
    void load();
    void insert();
    void writeChanges();
    void saveZones();

    Database& database_;
    Statement find_;
    Statement insert_;
    Statement put_zones_;
    std::int64_t number_ = -1;
    std::unique_ptr<Block> block_;
};

}  // namespace waybill::sqlite::index
