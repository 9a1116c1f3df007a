#include "log/data_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "log/database.h"
#include "log/file_io.h"
#include "log/head_file.h"
#include "log/log_file.h"
#include "log/loss.h"
#include "log/rebuild.h"
#include "log/schema.h"
#include "log/transaction.h"
#include "log/vault.h"
#include "log/wal_origin.h"
#include "waybill/private_files.h"

namespace waybill::sqlite {

namespace {

SecretText readKey(const DataDirectory& files) {
    const FileUse use = files.own_key ? FileUse::kOwnSecret : FileUse::kNamedSecret;
    SecretText key = readPrivateFile(files.secrets_key, use, SecretBox::kKeyBytes);
    if (key.view().size() != SecretBox::kKeyBytes) {
        throw ConfigError(files.secrets_key + " must hold exactly " +
                          std::to_string(SecretBox::kKeyBytes) + " bytes");
    }
    return key;
}

SecretText makeKey(const DataDirectory& files, Entropy& entropy) {
    std::string bytes(SecretBox::kKeyBytes, '\0');
    entropy.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    SecretText key(std::move(bytes));
    return makePrivateFile(files.secrets_key, key) ? std::move(key) : readKey(files);
}

/// What may lie in a data directory under a name of ours, but for secrets. Unfinished ones too:
/// they are removed or written to.
constexpr const char* kOwnFiles[] = {
    "waybill.db",      "waybill.db-wal",  "waybill.db-shm",   "waybill.db-journal",
    "waybill.db.new",  "waybill.head",    "waybill.lock",     "index.db",
    "index.db-wal",    "index.db-shm",    "index.db-journal", "index.db.new",
    "secrets.key.new", "admin.token.new", "credentials.seen", "credentials.seen.new",
};

std::string withoutTrailingSlash(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

}  // namespace

DataDirectory::DataDirectory(const LogOptions& options)
    : directory(withoutTrailingSlash(options.directory)),
      database(directory + "/waybill.db"),
      head(headFileOf(database)),
      lock(directory + "/waybill.lock"),
      secrets_key(options.secrets_key_file.empty() ? directory + "/secrets.key"
                                                   : options.secrets_key_file),
      own_key(options.secrets_key_file.empty()) {}

void makeDirectory(const DataDirectory& files) {
    std::error_code error;
    if (std::filesystem::is_directory(files.directory, error)) return;
    if (exists(files.directory)) throw StoreUnavailable(files.directory + " is not a directory");
    std::filesystem::create_directories(std::filesystem::path(files.directory).parent_path(),
                                        error);
    if (::mkdir(files.directory.c_str(), 0700) != 0 && errno != EEXIST) {
        throw StoreUnavailable(files.directory +
                               " cannot be made: " + std::generic_category().message(errno));
    }
}

void requireOwn(const DataDirectory& files, const Notice& on_notice) {
    // Once nobody else can change what names it has, these names are looked at one by one.
    const FileDescriptor directory = openFile(files.directory, O_PATH | O_DIRECTORY);
    struct stat status {};
    if (!directory.valid() || ::fstat(directory.get(), &status) != 0)
        throw StoreUnavailable(explain(files.directory, errno));
    const auto require = [](const std::string& problem) {
        if (!problem.empty()) throw ConfigError(problem);
    };
    require(problemOfDirectory(files.directory, status));
    for (const char* name : kOwnFiles) {
        if (::fstatat(directory.get(), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            require(problemOfFile(files.directory + '/' + name, status, FileUse::kOwnData));
    }
    if (!on_notice) return;
    const std::string warnings[] = {warningOfParents(files.directory),
                                    files.own_key ? "" : warningOfNamedSecret(files.secrets_key)};
    for (const std::string& warning : warnings)
        if (!warning.empty()) on_notice(warning);
}

Examined examine(const DataDirectory& files, const LogOptions& options, const Notice& on_notice) {
    Examined found;
    if (exists(files.database)) {
        found.log = examineLogFile(files.database, options.lock_timeout, on_notice);
        found.loss = found.log->loss;
    } else if (fileSize(files.database + "-wal") > 0) {
        throw StoreUnavailable(files.database + " is missing, but its write-ahead log is there. " +
                               keepACopy(files.database) + ". Then put it back, or move " +
                               files.database + "-wal away as well");
    } else {
        found.loss = lossOfAll(readHeadFile(files.head, on_notice));
    }
    // A log that is not there at all was taken away by somebody: nothing passes for whole. The one
    // that is begun anew records it.
    if (found.loss && found.log && !options.accept_loss) refuseLoss(files.database, *found.loss);
    return found;
}

void createLog(const DataDirectory& files, const std::string& log_id) {
    const std::string unfinished = files.database + ".new";
    removeDatabase(unfinished);
    // SQLite would make it readable for everybody; its side files take over this mode.
    if (!openOwnFile(unfinished, O_WRONLY | O_CREAT | O_EXCL).valid()) {
        throw StoreUnavailable(explain(unfinished, errno));
    }
    {
        Database database(unfinished, OpenMode::kCreate);
        database.execute("PRAGMA page_size = " + std::to_string(kPageSize));
        database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
        database.execute("PRAGMA user_version = " + std::to_string(kFormatVersion));
        Transaction transaction(database);
        database.execute(baseSchema());
        database.execute("INSERT INTO log_info(name, value) VALUES('log_id', '" + log_id + "')");
        WalOrigin::begin(database);
        transaction.commit();
        rebuildDerivedTables(database);
        database.execute("PRAGMA journal_mode = WAL");
    }
    if (std::rename(unfinished.c_str(), files.database.c_str()) != 0) {
        throw StoreUnavailable(explain(files.database, errno));
    }
    syncDirectory(files.directory);
}

void checkKey(const DataDirectory& files, const std::optional<LogFacts>& log, Entropy& entropy) {
    const bool sealed = log && log->key_check;
    if (!exists(files.secrets_key)) {
        if (sealed) {
            throw ConfigError(files.secrets_key +
                              " is missing, and the log holds secrets sealed with it: put it back");
        }
        if (!files.own_key) {
            throw ConfigError(files.secrets_key + " is missing: make it with 32 random bytes");
        }
        return;
    }
    const SecretBox box(readKey(files), entropy);
    if (sealed && !Vault::opensKeyCheck(box, log->log_id, *log->key_check)) {
        throw ConfigError(files.secrets_key +
                          " is not the key that the secrets in this log were sealed with");
    }
}

std::unique_ptr<SecretBox> openSecretBox(const DataDirectory& files,
                                         const std::optional<LogFacts>& log, Entropy& entropy) {
    checkKey(files, log, entropy);
    const SecretText key = exists(files.secrets_key) ? readKey(files) : makeKey(files, entropy);
    return std::make_unique<SecretBox>(key, entropy);
}

}  // namespace waybill::sqlite
