#include "index/block_store.h"

#include <cstring>

namespace waybill::sqlite::index {

BlockStore::BlockStore(Database& database)
    : database_(database),
      find_(database, "SELECT bytes FROM derived_column WHERE key = ?1"),
      insert_(database, "INSERT INTO derived_column(key, bytes) VALUES(?1, ?2)"),
      put_zones_(database, "INSERT OR REPLACE INTO derived_block(block, zones) VALUES(?1, ?2)") {}

Block& BlockStore::open(std::int64_t block) {
    if (block != number_ || !block_) {
        block_ = std::make_unique<Block>();
        number_ = block;
        load();
    }
    return *block_;
}

void BlockStore::load() {
    for (std::size_t column = 0; column < kColumns; ++column) {
        find_.bind(1, columnKey(column, number_));
        Query query(find_);
        if (!query.next()) continue;
        std::string& bytes = block_->bytes(column);
        const std::string_view stored = find_.blob(0);
        if (stored.size() != bytes.size()) {
            throw SqliteError(SQLITE_CORRUPT, database_.file() + ": a block has another size");
        }
        std::memcpy(bytes.data(), stored.data(), stored.size());
        block_->stored = true;
    }
}

void BlockStore::save() {
    block_->stored ? writeChanges() : insert();
    block_->stored = true;
    block_->clean();
    saveZones();
}

void BlockStore::insert() {
    for (std::size_t column = 0; column < kColumns; ++column) {
        insert_.bind(1, columnKey(column, number_));
        insert_.bindBlob(2, block_->bytes(column));
        insert_.run();
    }
}

void BlockStore::writeChanges() {
    Blob blob(database_, "derived_column", Blob::Access::kWrite);
    for (std::size_t column = 0; column < kColumns; ++column) {
        const Block::Change change = block_->change(column);
        if (change.bytes.empty()) continue;
        blob.moveTo(columnKey(column, number_));
        blob.write(change.offset, change.bytes);
    }
}

void BlockStore::saveZones() {
    const Zones zones = block_->zones();
    put_zones_.bind(1, number_);
    put_zones_.bindBlob(2, std::string_view(reinterpret_cast<const char*>(&zones), sizeof zones));
    put_zones_.run();
}

}  // namespace waybill::sqlite::index
