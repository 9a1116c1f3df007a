// What a write-ahead log shows, on the disk.
#pragma once

#include "log/database.h"

namespace waybill::sqlite {

/// When it returns, everything that this connection can read is on the disk, whoever else reads:
/// the bytes of the write-ahead log are written once more, as they are, and it and the database
/// are synced. A process that came before may have been killed before it synced them, or may have
/// died of a sync that failed: Linux then takes what was not written for written (fsync(2),
/// "Errors"; https://wiki.postgresql.org/wiki/Fsync_Errors), shows it to everybody, and has nothing
/// left to do when it is asked again. A database that was copied into its place may not have been
/// synced either.
///
/// Only for the one connection that writes, before it writes. It holds the writer's lock meanwhile,
/// so that nobody begins the write-ahead log anew, and leaves the position of no reader wrong:
/// every byte stays what it was. Costs what reading and writing the file does. Throws SqliteError;
/// SQLITE_BUSY when another process holds the lock for longer than the connection waits.
void makeDurable(Database& database);

}  // namespace waybill::sqlite
