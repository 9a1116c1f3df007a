// A reader's way to the index beside its log.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "index/index_query.h"
#include "log/database.h"

namespace waybill::sqlite::index {

/// One state of the index, and what the log has got since. Holds a read transaction.
struct IndexMoment {
    explicit IndexMoment(Database& database) : index(database), snapshot(database) {}

    Database& index;
    Snapshot snapshot;
    std::uint64_t position = 0;      ///< of the newest event in the index
    std::uint64_t newer_events = 0;  ///< the newest of the log, which the index has not got yet
    Newer newer;                     ///< their streams
};

/// One thread at a time. Opens the index when it is there, again when it was made anew.
class IndexConnection {
public:
    IndexConnection(const std::string& log_file, OpenMode mode);

    /// Nothing where there is no index of this log that can be used, or where it is so far behind
    /// that the scan of the log is no slower. To be called before the first read of a transaction
    /// on `log`: the index must not be ahead of what that sees.
    std::unique_ptr<IndexMoment> look(Database& log);

    /// After damage was met in it; until it is made anew.
    void distrust();

private:
    bool connect();
    std::unique_ptr<IndexMoment> lookAt(Database& log);

    struct FileId {
        dev_t device = 0;
        ino_t inode = 0;
        friend bool operator==(const FileId&, const FileId&) = default;
    };

    const std::string file_;
    const OpenMode mode_;
    FileId opened_;
    FileId distrusted_;
    std::unique_ptr<Database> database_;
};

}  // namespace waybill::sqlite::index
