#include "data_directory.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "database.h"
#include "event_table.h"
#include "file_io.h"
#include "rebuild.h"
#include "schema.h"
#include "transaction.h"
#include "vault.h"

namespace waybill::sqlite {

namespace {

/// Fields of an SQLite file's header (https://www.sqlite.org/fileformat2.html, section 1.3).
struct Header {
    static constexpr std::size_t kBytes = 100;
    static constexpr std::string_view kMagic{"SQLite format 3\0", 16};

    std::string bytes;

    bool isSqlite() const { return bytes.size() == kBytes && bytes.starts_with(kMagic); }
    std::uint64_t pageSize() const {
        const std::uint64_t size = number(16, 2);
        return size == 1 ? 65536 : size;
    }
    std::uint64_t changeCounter() const { return number(24, 4); }
    std::uint64_t pageCount() const { return number(28, 4); }
    std::uint64_t userVersion() const { return number(60, 4); }
    std::uint64_t applicationId() const { return number(68, 4); }
    std::uint64_t validFor() const { return number(92, 4); }

private:
    std::uint64_t number(std::size_t offset, std::size_t width) const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i)
            value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
        return value;
    }
};

[[noreturn]] void refuseDamaged(const std::string& file, const std::string& how) {
    throw StoreUnavailable(file + " is damaged: " + how +
                           "; put back a copy of it, or move it away to begin a new log");
}

void checkVersion(const std::string& file, std::uint64_t application_id, std::uint64_t version) {
    if (application_id != kApplicationId) {
        throw ConfigError(file + " is an SQLite database, but not a Waybill log");
    }
    if (version > kFormatVersion) {
        throw ConfigError(file + " was made by a newer version of Waybill (log format " +
                          std::to_string(version) + ", this version knows " +
                          std::to_string(kFormatVersion) + "): use that version");
    }
    if (version != kFormatVersion) refuseDamaged(file, "it names no log format");
}

/// With our own eyes: SQLite would already make files beside one that it opens.
void checkHeader(const DataDirectory& files) {
    const std::string& path = files.database;
    const FileDescriptor file = openFile(path, O_RDONLY);
    if (!file.valid()) throw StoreUnavailable(explain(path, errno));
    const Header header{readStart(file, Header::kBytes)};
    if (header.bytes.empty()) refuseDamaged(path, "it is empty");
    if (!header.isSqlite()) throw ConfigError(path + " is not a Waybill log");
    checkVersion(path, header.applicationId(), header.userVersion());

    // Pages that the write-ahead log still holds may be missing here, but then it is there.
    const std::uint64_t expected = header.pageCount() * header.pageSize();
    const bool complete = fileSize(files.write_ahead_log) > 0 ||
                          header.changeCounter() != header.validFor() || fileSize(path) >= expected;
    if (!complete) {
        refuseDamaged(path, "it is cut short (" + std::to_string(fileSize(path)) + " of " +
                                std::to_string(expected) + " bytes)");
    }
}

/// That what a log must have can be read: its tables, its id, its newest event.
LogFacts readFacts(Database& database) {
    checkVersion(database.file(),
                 static_cast<std::uint64_t>(database.number("PRAGMA application_id")),
                 static_cast<std::uint64_t>(database.number("PRAGMA user_version")));
    LogFacts facts{readLogId(database), Vault::readKeyCheck(database)};
    readHead(database, facts.log_id);
    for (const char* table :
         {"streams", "event_log", "payloads", "destinations", "exchanges", "requests"}) {
        database.number(std::string("SELECT count(*) FROM (SELECT * FROM ") + table + " LIMIT 1)");
    }
    return facts;
}

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

bool isBusy(const SqliteError& error) {
    return (error.code() & 0xff) == SQLITE_BUSY;
}

}  // namespace

DataDirectory::DataDirectory(const LogOptions& options)
    : directory(options.directory),
      database(directory + "/waybill.db"),
      write_ahead_log(database + "-wal"),
      lock(directory + "/waybill.lock"),
      secrets_key(options.secrets_key_file.empty() ? directory + "/secrets.key"
                                                   : options.secrets_key_file),
      own_key(options.secrets_key_file.empty()) {}

void makeDirectory(const DataDirectory& files) {
    if (exists(files.directory)) return;
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(files.directory).parent_path(),
                                        error);
    if (::mkdir(files.directory.c_str(), 0700) != 0 && errno != EEXIST) {
        throw StoreUnavailable(explain(files.directory, errno));
    }
}

std::optional<LogFacts> examine(const DataDirectory& files) {
    if (!exists(files.database)) {
        if (fileSize(files.write_ahead_log) == 0) return std::nullopt;
        throw StoreUnavailable(files.database +
                               " is missing, but its write-ahead log is there: "
                               "put it back, or move " +
                               files.write_ahead_log + " away as well");
    }
    checkHeader(files);
    const bool written_ahead = fileSize(files.write_ahead_log) > 0;
    try {
        Database database(files.database,
                          written_ahead ? OpenMode::kReadWithoutTrace : OpenMode::kImmutable);
        return readFacts(database);
    } catch (const SqliteError& error) {
        if (isBusy(error)) {  // somebody reads it now; so can we, and no side file is made by that
            Database database(files.database, OpenMode::kReadOnly);
            return readFacts(database);
        }
        refuseDamaged(files.database, error.message());
    }
}

void createLog(const DataDirectory& files, const std::string& log_id) {
    const std::string unfinished = files.database + ".new";
    std::remove(unfinished.c_str());
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
