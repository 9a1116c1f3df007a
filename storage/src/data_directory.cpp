#include "data_directory.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "database.h"
#include "file_io.h"
#include "head_file.h"
#include "log_file.h"
#include "loss.h"
#include "rebuild.h"
#include "schema.h"
#include "transaction.h"
#include "vault.h"
#include "wal_origin.h"

namespace waybill::sqlite {

namespace {

struct WipedString {
    std::string text;
    ~WipedString() { OPENSSL_cleanse(text.data(), text.size()); }
};

WipedString readKey(const std::string& path) {
    const FileDescriptor file = openFile(path, O_RDONLY);
    if (!file.valid()) throw StoreUnavailable(explain(path, errno));
    WipedString key{readStart(file, SecretBox::kKeyBytes + 1)};
    if (key.text.size() != SecretBox::kKeyBytes) {
        throw ConfigError(path + " must hold exactly " + std::to_string(SecretBox::kKeyBytes) +
                          " bytes");
    }
    return key;
}

WipedString makeKey(const std::string& path, Entropy& entropy) {
    WipedString key{std::string(SecretBox::kKeyBytes, '\0')};
    entropy.fill({reinterpret_cast<std::uint8_t*>(key.text.data()), key.text.size()});
    writePrivateFile(path, key.text);
    return key;
}

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
    if (!openFile(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0600).valid()) {
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
    const SecretBox box(readKey(files.secrets_key).text, entropy);
    if (sealed && !Vault::opensKeyCheck(box, log->log_id, *log->key_check)) {
        throw ConfigError(files.secrets_key +
                          " is not the key that the secrets in this log were sealed with");
    }
}

std::unique_ptr<SecretBox> openSecretBox(const DataDirectory& files,
                                         const std::optional<LogFacts>& log, Entropy& entropy) {
    checkKey(files, log, entropy);
    const WipedString key = exists(files.secrets_key) ? readKey(files.secrets_key)
                                                      : makeKey(files.secrets_key, entropy);
    return std::make_unique<SecretBox>(key.text, entropy);
}

}  // namespace waybill::sqlite
