// What lies in a data directory, and whether it can be used.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "log/log_file.h"
#include "waybill/secret_box.h"
#include "waybill/sqlite/log.h"

namespace waybill::sqlite {

/// The files of one data directory.
struct DataDirectory {
    std::string directory;
    std::string database;
    std::string head;  ///< where the newest event is noted
    std::string lock;
    std::string secrets_key;
    bool own_key = true;  ///< `secrets_key` is the directory's own, not one kept elsewhere

    explicit DataDirectory(const LogOptions& options);
};

/// Makes the directory, for its owner only, if it is not there. Throws StoreUnavailable.
void makeDirectory(const DataDirectory& files);

/// That the directory and what lies in it under a name of ours belongs to this process's user, and
/// that nobody else may write to it. Throws ConfigError, naming the path and the command that mends
/// it. `on_notice` hears of what is only unwise.
void requireOwn(const DataDirectory& files, const Notice& on_notice = {});

/// What lies in a data directory.
struct Examined {
    std::optional<LogFacts> log;         ///< nothing where there is none yet
    std::optional<LossAccepted> loss{};  ///< acknowledged events that are missing
};

/// Looks at the log without changing a byte in the directory. Throws as `examineLogFile` does, and
/// for a loss that is not accepted.
Examined examine(const DataDirectory& files, const LogOptions& options,
                 const Notice& on_notice = {});

/// Makes an empty log. It appears under its name when it is complete.
void createLog(const DataDirectory& files, const std::string& log_id);

/// That the key which seals the log's secrets is there and is the log's, as far as the log can
/// tell. Throws ConfigError. Writes nothing.
void checkKey(const DataDirectory& files, const std::optional<LogFacts>& log, Entropy& entropy);

/// The same, with the key in hand. It is made at the first start, and again as long as the log
/// holds nothing that another has sealed.
std::unique_ptr<SecretBox> openSecretBox(const DataDirectory& files,
                                         const std::optional<LogFacts>& log, Entropy& entropy);

}  // namespace waybill::sqlite
