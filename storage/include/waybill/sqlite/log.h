// The log on SQLite. Its bytes are described in storage/LOG_FORMAT.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "waybill/entropy.h"
#include "waybill/event_log.h"
#include "waybill/sqlite/damaged_row.h"
#include "waybill/time.h"

namespace waybill::sqlite {

/// A data directory: `waybill.db` (the log), `waybill.head` (how far it had reached),
/// `secrets.key`, `waybill.lock`. Made when missing (directory 0700, files 0600).
struct LogOptions {
    std::string directory = "waybill-data";
    std::string secrets_key_file{};  ///< empty: `secrets.key` in the directory
    std::string url{};  ///< written to the lock file, so that local tools find the daemon
    /// A checkpoint is made between batches once the write-ahead log has this many bytes and nobody
    /// waits …
    std::uint64_t checkpoint_idle_bytes = 4 * 1024 * 1024;
    /// … and in any case once it has this many.
    std::uint64_t checkpoint_busy_bytes = 16 * 1024 * 1024;
    /// How long opening waits, at each try, for a lock that another program holds on the log.
    Duration lock_timeout = std::chrono::seconds(5);
    /// Asked when it has waited for that long, with what is in the way, in words; true: try again.
    /// The directory stays taken meanwhile. Null: opening fails.
    std::function<bool(const std::string& problem)> on_locked{};
    DamagedRow on_damaged_row{};  ///< on the thread that uses the log
    /// Told, in words, what somebody should know of though nothing fails of it: who keeps the
    /// write-ahead log from being begun anew, which payload is damaged near the end of a log that
    /// a killed process left. On the thread that uses the log; must be quick.
    std::function<void(const std::string& notice)> on_notice{};
    /// Opens a log although events are missing that it had acknowledged, and records that in it as
    /// `loss_accepted`. For one start, after an operator has decided so.
    bool accept_loss = false;
    Entropy* entropy = nullptr;  ///< null: the system's
};

/// Opens the log for writing: takes the lock, opens, checks format and version, seals (what is
/// there is made durable before it is believed), rebuilds derived tables that are not what was
/// left. WAL, `synchronous=FULL`, one writer. Throws StoreUnavailable (held by another process,
/// whose pid and URL it names; unreadable; disk full; acknowledged events are missing), ConfigError
/// (not a Waybill log, made by a newer version, the wrong secrets.key; a directory or a file that
/// others may change, see waybill/private_files.h) or CorruptLog. A directory
/// it refuses is left untouched. Others may read the log meanwhile; only a lock that keeps writers
/// out is waited for.
std::unique_ptr<EventLog> openLog(const LogOptions& options);

/// Who is told of damaged rows that the read models of this process meet, whichever log they read;
/// on the thread that reads. Counts for readers that are opened from now on; null: nobody.
void tellReadersDamagedRows(DamagedRow told);

/// Who holds a data directory's lock.
struct LockHolder {
    long pid = 0;
    std::string url{};
};

/// Nothing when nobody does. Reads only.
std::optional<LockHolder> lockHolder(const std::string& directory);

/// Changes the URL in the lock file once the port is known; only for the process that holds the
/// lock.
void publishUrl(const std::string& directory, const std::string& url);

}  // namespace waybill::sqlite
