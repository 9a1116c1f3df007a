// Which other processes lock a database.
#pragma once

#include <string>

namespace waybill::sqlite {

/// Those with any lock that keeps a writer out, or, without one, with any lock at all; of readers
/// those that keep an old state in use: "process 4711 (sqlite3)", several joined; empty: none can
/// be seen. From /proc/locks (proc(5)), which shows what this process's PID namespace can see.
std::string whoLocks(const std::string& database);
std::string whoReads(const std::string& database);

}  // namespace waybill::sqlite
