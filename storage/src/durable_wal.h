// What a write-ahead log shows, on the disk.
#pragma once

#include "database.h"

namespace waybill::sqlite {

/// Writes the bytes of the write-ahead log once more, as they are, so that the next sync of it is
/// one. A process that came before may have died of a sync that failed: Linux then takes what was
/// not written for written (fsync(2), "Errors"; https://wiki.postgresql.org/wiki/Fsync_Errors),
/// shows it to everybody, and has nothing left to do when it is asked again. Only for the one
/// connection that writes, before it writes; costs what reading and writing the file does, up to
/// 64 MiB. Throws SqliteError.
void writeWalAgain(Database& database);

}  // namespace waybill::sqlite
