// Whether the files of an open log are still those under its names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/file_io.h"

namespace waybill::sqlite {

/// What is written to a file that has lost its name is gone with the process. So the names are
/// looked at again and again: a stat(2) each, a microsecond.
class LogPlace {
public:
    /// Of a log that has just been opened. `lock` is what the name of the lock file must lead to.
    LogPlace(std::string database, std::string lock, FileIdentity lock_identity);

    /// Takes the write-ahead log and its index, which a new connection may have made anew.
    void takeSideFiles();

    /// What is wrong, and what to do about it; empty: nothing is.
    std::string problem() const;

    /// The same, of the database and the lock alone: while no connection is open, nothing else is
    /// there for certain.
    std::string problemOfDatabase() const;

    bool databaseIsInPlace() const;

private:
    struct Name {
        std::string path;
        std::optional<FileIdentity> identity;
    };

    static std::string problemOf(const Name& name);

    Name database_;
    Name lock_;
    std::vector<Name> side_files_;
    /// Keeps the inode from being given to another file. O_PATH: when it is closed, this process
    /// keeps its locks on the file (fcntl(2)).
    FileDescriptor held_;
};

}  // namespace waybill::sqlite
