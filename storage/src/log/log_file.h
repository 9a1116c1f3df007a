// One log file: what it is, and how it can be read.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "log/database.h"
#include "waybill/event.h"

namespace waybill::sqlite {

/// What a look at a log file finds out.
struct LogFacts {
    std::string log_id;
    std::optional<std::string> key_check;  ///< present once the log holds a sealed secret
    std::optional<LossAccepted> loss{};    ///< acknowledged events that are missing
};

/// Told, in words, of what stops nothing; may be null.
using Notice = std::function<void(const std::string& notice)>;

struct KnownHead;

/// Looks without changing a byte of the file or beside it; only while nobody appends to it. Throws
/// ConfigError for what is no Waybill log or one of a newer version, StoreUnavailable for one that
/// cannot be read or is damaged, or that lies beside a write-ahead log which was written for
/// another file; SqliteError (`isBusy`) when the locks of others keep it from reading for longer
/// than `wait`. What is missing of what was acknowledged, by the head that is noted beside it and
/// by its write-ahead log, stands in `loss`: to be refused by whoever wants to write.
LogFacts examineLogFile(const std::string& file, Duration wait = kShortWait,
                        const Notice& on_notice = {});

/// Whether the write-ahead log beside a log that was open belongs to it, as `examineLogFile` checks
/// it, and whether what was `acknowledged` is there. For a process that has connections to the
/// file: opens and closes no descriptor of it of its own, which would drop their locks.
void checkLogAgain(const std::string& file, const KnownHead& acknowledged, Duration wait,
                   const Notice& on_notice);

/// That a log's tables are those that `script` makes, as far as they are there; to be asked before
/// the first row is read. Throws StoreUnavailable.
void requireTables(Database& database, const std::string& script);

/// A read-only connection to a log that a daemon may be writing, or that lies in a place one cannot
/// write to. Throws as `examineLogFile` does.
std::unique_ptr<Database> openForReading(const std::string& file);

}  // namespace waybill::sqlite
