#include "index/index_connection.h"

#include <sys/stat.h>

#include <algorithm>

#include "audit/schema_check.h"
#include "index/index_file.h"

namespace waybill::sqlite::index {

namespace {

/// As many as a busy daemon records in some seconds.
constexpr std::uint64_t kMostNewerEvents = 100'000;

void sortUnique(Newer& keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace

IndexConnection::IndexConnection(const std::string& log_file, OpenMode mode)
    : file_(indexFileOf(log_file)), mode_(mode) {}

bool IndexConnection::connect() {
    struct stat found {};
    if (::stat(file_.c_str(), &found) != 0) {
        database_.reset();
        return false;
    }
    const FileId present{found.st_dev, found.st_ino};
    if (present == distrusted_) return false;
    if (database_ && present == opened_) return true;
    database_ = std::make_unique<Database>(file_, mode_);
    opened_ = present;
    if (!problemOfTables(*database_, indexSchema()).empty()) distrust();
    return database_ != nullptr;
}

std::unique_ptr<IndexMoment> IndexConnection::look(Database& log) {
    try {
        return connect() ? lookAt(log) : nullptr;
    } catch (const SqliteError&) {
        // It is being made just now, or is no index. The log answers by itself.
        database_.reset();
        return nullptr;
    }
}

std::unique_ptr<IndexMoment> IndexConnection::lookAt(Database& log) {
    auto moment = std::make_unique<IndexMoment>(*database_);
    const auto state = readState(*database_);
    if (!state || !belongsTo(*state, log)) return nullptr;
    const auto head =
        static_cast<std::uint64_t>(log.number("SELECT max(global_position) FROM event_log"));
    if (state->position > head || head - state->position > kMostNewerEvents) return nullptr;
    moment->position = state->position;
    moment->newer_events = head - state->position;
    // By position: left to itself, SQLite would go through the whole index by stream.
    Statement newer(log, "SELECT stream FROM event_log NOT INDEXED WHERE global_position > ?1");
    newer.bind(1, state->position);
    Query query(newer);
    while (query.next())
        moment->newer.push_back(newer.integer(0));
    sortUnique(moment->newer);
    return moment;
}

void IndexConnection::distrust() {
    database_.reset();
    distrusted_ = opened_;
}

}  // namespace waybill::sqlite::index
