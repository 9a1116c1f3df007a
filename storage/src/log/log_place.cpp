#include "log/log_place.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace waybill::sqlite {

LogPlace::LogPlace(std::string database, std::string lock, FileIdentity lock_identity)
    : database_{std::move(database), std::nullopt},
      lock_{std::move(lock), lock_identity},
      held_(openFile(database_.path, O_PATH)) {
    database_.identity = identityOf(held_);
    takeSideFiles();
}

void LogPlace::takeSideFiles() {
    side_files_.clear();
    for (const char* const end : {"-wal", "-shm"}) {
        const std::string path = database_.path + end;
        side_files_.push_back({path, identityOf(path)});
    }
}

std::string LogPlace::problemOf(const Name& name) {
    const auto found = identityOf(name.path);
    if (!name.identity || found == name.identity) return {};
    if (!found && errno != ENOENT && errno != ENOTDIR) return explain(name.path, errno);
    return name.path +
           (found ? " is another file than the one that is open" : " is gone, and was open") +
           ": put that very file back, or stop this process, see that the directory is as it "
           "should be, and start it again";
}

std::string LogPlace::problemOfDatabase() const {
    std::string problem = problemOf(database_);
    return problem.empty() ? problemOf(lock_) : problem;
}

std::string LogPlace::problem() const {
    std::string problem = problemOfDatabase();
    for (const Name& name : side_files_) {
        if (!problem.empty()) break;
        problem = problemOf(name);
    }
    return problem;
}

bool LogPlace::databaseIsInPlace() const {
    return problemOf(database_).empty();
}

}  // namespace waybill::sqlite
