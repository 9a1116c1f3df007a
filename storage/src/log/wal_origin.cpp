#include "log/wal_origin.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/attachment_check.h"
#include "audit/findings.h"
#include "log/event_table.h"
#include "log/schema.h"
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
/// Of payloads, URLs and answers beside the newest events: a second's work, whatever their size.
constexpr std::uint64_t kMostAttachedBytes = 64 * 1024 * 1024;

/// What the newest transaction that said it has said.
struct Said {
    std::string text;
    std::string before;
    std::string mark;
    std::int64_t cookie = 0;
    std::uint64_t position = 0;

    explicit Said(std::string_view said)
        : text(said),
          before(text.substr(0, kMarkBytes)),
          mark(text.substr(kMarkBytes + 1, kMarkBytes)),
          cookie(std::stoll(text.substr(kCookieAt, kCookieBytes))),
          position(std::stoull(text.substr(kPositionAt))) {}
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

/// Texts on the file's own page of `log_info`, where a name is followed by its value.
std::vector<std::string> textsInFile(Database& database) {
    const auto page_bytes = database.number("PRAGMA page_size");
    const auto page = database.number("SELECT rootpage FROM sqlite_schema WHERE name = 'log_info'");
    const std::string bytes =
        bytesOfFile(database, (page - 1) * page_bytes, static_cast<std::size_t>(page_bytes));
    std::vector<std::string> texts;
    for (std::size_t at = bytes.find(kName); at != bytes.npos; at = bytes.find(kName, at + 1)) {
        const std::size_t text = at + kName.size();
        if (text + kTextBytes <= bytes.size()) texts.push_back(bytes.substr(text, kTextBytes));
    }
    return texts;
}

/// Fields of the file's own first page (https://www.sqlite.org/fileformat2.html, section 1.3).
std::int64_t cookieInFile(Database& database) {
    std::int64_t cookie = 0;
    for (const char byte : bytesOfFile(database, 40, 4))
        cookie = cookie << 8 | static_cast<unsigned char>(byte);
    return cookie;
}

bool isInWalMode(Database& database) {
    return bytesOfFile(database, 18, 2) == "\2\2";
}

/// The cookie in the file only grows while the file and its write-ahead log stay together: a
/// checkpoint moves the newer one of the write-ahead log, whoever changed the schema.
bool isCopy(Database& database, const Said& said, const std::vector<std::string>& texts) {
    if (!isInWalMode(database)) return true;  // as VACUUM INTO leaves one
    const std::int64_t cookie = cookieInFile(database);
    if (cookie > database.number("PRAGMA schema_version")) return true;
    // With the same text in the file, the write-ahead log began from a state that has it, or the
    // copy was made page by page from a state within this very log, which then completes it.
    const bool is_in_file = std::find(texts.begin(), texts.end(), said.text) != texts.end();
    return !is_in_file && cookie < said.cookie;
}

std::string problemOfMarks(Database& database, const std::optional<Said>& said) {
    const std::vector<std::string> texts = textsInFile(database);
    if (!said)
        return texts.empty() ? "" : "it goes on from a file without a mark, this one has one";
    const bool fits =
        said->isFirst() || std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
            const auto mark = std::string_view(text).substr(kMarkBytes + 1, kMarkBytes);
            return isMixtureOf(mark, said->before, said->mark);
        });
    if (!fits) return "it goes on from another state of it";
    if (isCopy(database, *said, texts))
        return "the file is a copy that was made of the database, not the file that it goes on "
               "from";
    return {};
}

/// The streams of checked events, with every event and the bytes beside it.
class StreamsOfEvents {
public:
    explicit StreamsOfEvents(Database& database)
        : attachments_(database, findings_), events_(database) {}

    /// Whether the stream has its name.
    bool add(const std::string& stream) {
        const bool is_new = !newest_.contains(stream);
        newest_[stream] = ++added_;
        return !is_new || events_.findStream(stream).has_value();
    }

    /// Reads the newest streams first, and no more than the limit once it has been reached.
    std::vector<Finding> check() {
        std::vector<std::pair<std::uint64_t, std::string>> streams;
        for (const auto& [stream, order] : newest_)
            streams.emplace_back(order, stream);
        std::sort(streams.rbegin(), streams.rend());
        for (const auto& [order, stream] : streams) {
            if (findings_.full() || attachments_.bytes() >= kMostAttachedBytes) break;
            check(stream);
        }
        return findings_.take();
    }

private:
    void check(const std::string& stream) {
        try {
            StreamState state;
            std::optional<RecordedEvent> last;
            for (const RecordedEvent& event : events_.readStream(stream)) {
                foldInto(state, event);
                checkBytes(event, [&] { attachments_.checkEvent(event); });
                last = event;
            }
            if (last) checkBytes(*last, [&] { attachments_.checkPayload(state); });
        } catch (const CorruptLog&) {
            // An event that cannot be read was written so: the chain covers its bytes.
        }
    }

    /// A damaged page under them is a finding.
    template <typename Step>
    void checkBytes(const RecordedEvent& event, Step step) {
        const Finding place{.global_position = event.global_position,
                            .stream = event.stream,
                            .position = event.position,
                            .rule = "the bytes beside the stream can be read: "};
        checked(findings_, place, step);
    }

    Findings findings_;
    AttachmentCheck attachments_;
    EventTable events_;
    std::map<std::string, std::uint64_t> newest_;
    std::uint64_t added_ = 0;
};

/// Holds the events from one global position to another against their chain, and adds their
/// streams.
std::string problemOfEvents(Database& database, std::uint64_t after, std::uint64_t last,
                            StreamsOfEvents& streams) {
    Statement statement(database,
                        selectEventsOfAnyStream("WHERE e.global_position BETWEEN ?1 AND ?2 "
                                                "ORDER BY e.global_position"));
    statement.bind(1, after);
    statement.bind(2, last);
    LogHead before{after == 0 ? 0 : after - 1, genesisHash(readLogId(database))};
    bool has_before = after == 0;
    Query query(statement);
    while (query.next()) {
        const StoredRow row = storedRow(statement);
        if (row.global_position != before.global_position + 1)
            return "events are missing in between";
        const Digest hash =
            chainHash(before.hash, StoredEvent{row.global_position, row.stream, row.position,
                                               row.type, row.recorded_at_us, row.actor, row.data});
        if (std::exchange(has_before, true) && row.hash != hash)
            return "the chain of events breaks";
        if (!streams.add(std::string(row.stream))) return "a stream has no name";
        before = {row.global_position, row.hash};
    }
    return before.global_position == last ? "" : "events are missing";
}

/// Pages of another state show in the structure of the tables; rows that somebody changed do not.
/// Not of those with the bytes beside the log: damage there is no more than a finding.
bool isWhole(Database& database) {
    Statement tables(database,
                     "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                     "('payloads', 'destinations', 'exchanges', 'requests')");
    Query names(tables);
    while (names.next()) {
        Statement statement(database,
                            "PRAGMA quick_check(\"" + std::string(tables.text(0)) + "\")");
        Query query(statement);
        if (!query.next() || statement.text(0) != "ok") return false;
    }
    return true;
}

}  // namespace

void WalOrigin::begin(Database& database) {
    database.execute("PRAGMA user_version = " + std::to_string(kFormatVersion));
    Statement statement(
        database,
        "INSERT OR REPLACE INTO log_info(name, value) SELECT ?1, "
        "ifnull((SELECT substr(value, 34, 32) FROM log_info WHERE name = ?1), printf('%032d', 0)) "
        "|| ' ' || lower(hex(randomblob(16))) || printf(' %010d %020d', ?2, "
        "(SELECT ifnull(max(global_position), 0) FROM event_log))");
    statement.bindText(1, kName);
    statement.bind(2, cookieInFile(database));
    statement.run();
}

std::string WalOrigin::problem(Database& database, std::uint64_t wal_bytes,
                               std::vector<Finding>& findings) {
    const Snapshot snapshot(database);
    const auto said = readSaid(database);
    std::string problem = problemOfMarks(database, said);
    if (!problem.empty()) return problem;
    const std::uint64_t last = readHead(database, readLogId(database)).global_position;
    const auto before = [](std::uint64_t position, std::uint64_t events) {
        return position - std::min(position, events);
    };
    StreamsOfEvents streams(database);
    if (said) {
        if (said->position > last) return "events are missing at its end";
        problem = problemOfEvents(database, before(said->position, kEventsAround),
                                  std::min(said->position + kEventsAround, last), streams);
        if (!problem.empty()) return problem;
    }
    const std::uint64_t most = std::clamp(wal_bytes / kEventBytes, kFewestEvents, kMostEvents);
    problem = problemOfEvents(database, before(last, most), last, streams);
    if (!problem.empty()) return problem;
    findings = streams.check();
    return findings.empty() || isWhole(database) ? "" : "pages of it and of the file do not fit";
}

}  // namespace waybill::sqlite
