#include "wal_origin.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "attachment_check.h"
#include "event_table.h"
#include "findings.h"
#include "schema.h"
#include "waybill/event_codec.h"

namespace waybill::sqlite {

namespace {

constexpr std::string_view kName = "wal_began";
constexpr std::size_t kMarkBytes = 32;
constexpr std::size_t kCookieBytes = 10;
constexpr std::size_t kPositionBytes = 20;
constexpr std::size_t kCookieAt = 2 * (kMarkBytes + 1);
constexpr std::size_t kPositionAt = kCookieAt + kCookieBytes + 1;
constexpr std::size_t kTextBytes = kPositionAt + kPositionBytes;
/// Of an event and what lies beside it, in a write-ahead log: few have less.
constexpr std::uint64_t kEventBytes = 512;
constexpr std::uint64_t kFewestEvents = 64;
constexpr std::uint64_t kMostEvents = 20'000;
/// More than a page of the table has: those before the write-ahead log are on pages of the file.
constexpr std::uint64_t kEventsAround = 256;

/// What the newest transaction that said it has said.
struct Said {
    std::string before;
    std::string mark;
    std::int64_t cookie = 0;
    std::uint64_t position = 0;

    explicit Said(std::string_view text)
        : before(text.substr(0, kMarkBytes)),
          mark(text.substr(kMarkBytes + 1, kMarkBytes)),
          cookie(std::stoll(std::string(text.substr(kCookieAt, kCookieBytes)))),
          position(std::stoull(std::string(text.substr(kPositionAt)))) {}
    bool isFirst() const { return before == std::string(kMarkBytes, '0'); }
};

bool isText(std::string_view text) {
    return text.size() == kTextBytes &&
           text.substr(kCookieAt).find_first_not_of("0123456789 ") == text.npos;
}

std::optional<Said> readSaid(Database& database) {
    Statement statement(database, "SELECT value FROM log_info WHERE name = ?1");
    statement.bindText(1, kName);
    Query query(statement);
    if (!query.next() || !isText(statement.text(0))) return std::nullopt;
    return Said(statement.text(0));
}

/// Bytes of the database file itself, without the write-ahead log; zeros behind its end. Through
/// the connection's own descriptor: to close another one would drop the locks of this process.
std::string bytesOfFile(Database& database, std::int64_t offset, std::size_t count) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    std::string bytes(count, '\0');
    const int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(count), offset);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) database.fail(code);
    return bytes;
}

/// Whether each byte is that of the one or of the other: a power cut in a checkpoint may leave some
/// sectors of a page old and others new.
bool isMixtureOf(std::string_view text, std::string_view one, std::string_view other) {
    for (std::size_t i = 0; i < kMarkBytes; ++i)
        if (text[i] != one[i] && text[i] != other[i]) return false;
    return true;
}

/// Marks on the file's own page of `log_info`, where a name is followed by its value.
std::vector<std::string> marksInFile(Database& database) {
    const auto page_bytes = database.number("PRAGMA page_size");
    const auto page = database.number("SELECT rootpage FROM sqlite_schema WHERE name = 'log_info'");
    const std::string bytes =
        bytesOfFile(database, (page - 1) * page_bytes, static_cast<std::size_t>(page_bytes));
    std::vector<std::string> marks;
    for (std::size_t at = bytes.find(kName); at != bytes.npos; at = bytes.find(kName, at + 1)) {
        const std::size_t text = at + kName.size();
        if (text + kTextBytes <= bytes.size())
            marks.push_back(bytes.substr(text + kMarkBytes + 1, kMarkBytes));
    }
    return marks;
}

std::int64_t cookieInFile(Database& database) {
    constexpr std::int64_t kOffset = 40;
    std::int64_t cookie = 0;
    for (const char byte : bytesOfFile(database, kOffset, 4))
        cookie = cookie << 8 | static_cast<unsigned char>(byte);
    return cookie;
}

std::string problemOfMarks(Database& database, const std::optional<Said>& said) {
    const std::vector<std::string> marks = marksInFile(database);
    if (!said)
        return marks.empty() ? "" : "it goes on from a file without a mark, this one has one";
    const bool fits =
        said->isFirst() || std::any_of(marks.begin(), marks.end(), [&](const std::string& mark) {
            return isMixtureOf(mark, said->before, said->mark);
        });
    if (!fits) return "it goes on from another state of it";
    const std::int64_t cookie = cookieInFile(database);
    if (cookie < said->cookie || cookie > database.number("PRAGMA schema_version"))
        return "the file is a copy that was made of the database, not the file that it goes on "
               "from";
    return {};
}

/// Of an event that the chain has: that its stream is there, with every event and its payload.
class StreamsOfEvents {
public:
    StreamsOfEvents(Database& database, Findings& findings)
        : attachments_(database, findings), events_(database), findings_(findings) {}

    void check(const std::string& stream) {
        if (!seen_.insert(stream).second) return;
        if (!events_.findStream(stream)) findings_.add({0, stream, 0, "every stream has a name"});
        try {
            StreamState state;
            for (const RecordedEvent& event : events_.readStream(stream)) {
                foldInto(state, event);
                attachments_.checkEvent(event);
            }
            attachments_.checkPayload(state);
        } catch (const CorruptLog&) {
            // An event that cannot be read was written so: the chain covers its bytes.
        }
    }

private:
    AttachmentCheck attachments_;
    EventTable events_;
    Findings& findings_;
    std::set<std::string> seen_;
};

/// Holds the events from one global position to another against their chain, their streams and the
/// bytes beside them.
std::string problemOfEvents(Database& database, std::uint64_t after, std::uint64_t last) {
    const std::string log_id = readLogId(database);
    Findings findings;
    StreamsOfEvents streams(database, findings);
    Statement statement(database,
                        selectEventsOfAnyStream("WHERE e.global_position BETWEEN ?1 AND ?2 "
                                                "ORDER BY e.global_position"));
    statement.bind(1, after);
    statement.bind(2, last);
    LogHead before{after == 0 ? 0 : after - 1, genesisHash(log_id)};
    bool has_before = after == 0;
    Query query(statement);
    while (!findings.full() && query.next()) {
        const StoredRow row = storedRow(statement);
        if (row.global_position != before.global_position + 1)
            return "events are missing in between";
        const Digest hash =
            chainHash(before.hash, StoredEvent{row.global_position, row.stream, row.position,
                                               row.type, row.recorded_at_us, row.actor, row.data});
        if (std::exchange(has_before, true) && row.hash != hash)
            return "the chain of events breaks";
        before = {row.global_position, row.hash};
        streams.check(std::string(row.stream));
    }
    if (before.global_position != last) return "events are missing";
    return findings.take().empty() ? "" : "what lies beside its events is not what they name";
}

}  // namespace

void WalOrigin::begin(Database& database) {
    const std::int64_t cookie = database.number("PRAGMA schema_version");
    database.execute("PRAGMA user_version = " + std::to_string(kFormatVersion));
    Statement statement(
        database,
        "INSERT OR REPLACE INTO log_info(name, value) SELECT ?1, "
        "ifnull((SELECT substr(value, 34, 32) FROM log_info WHERE name = ?1), printf('%032d', 0)) "
        "|| ' ' || lower(hex(randomblob(16))) || printf(' %010d %020d', ?2, "
        "(SELECT ifnull(max(global_position), 0) FROM event_log))");
    statement.bindText(1, kName);
    statement.bind(2, cookie);
    statement.run();
}

std::string WalOrigin::problem(Database& database, std::uint64_t wal_bytes) {
    const Snapshot snapshot(database);
    const auto said = readSaid(database);
    std::string problem = problemOfMarks(database, said);
    if (!problem.empty()) return problem;
    const std::uint64_t last = readHead(database, readLogId(database)).global_position;
    const auto before = [](std::uint64_t position, std::uint64_t events) {
        return position - std::min(position, events);
    };
    if (said) {
        if (said->position > last) return "events are missing at its end";
        problem = problemOfEvents(database, before(said->position, kEventsAround),
                                  std::min(said->position + kEventsAround, last));
        if (!problem.empty()) return problem;
    }
    const std::uint64_t most = std::clamp(wal_bytes / kEventBytes, kFewestEvents, kMostEvents);
    return problemOfEvents(database, before(last, most), last);
}

}  // namespace waybill::sqlite
