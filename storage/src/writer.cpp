#include "writer.h"

#include <chrono>
#include <utility>

#include "durable_wal.h"
#include "index/index_file.h"
#include "rebuild.h"
#include "schema.h"
#include "transaction.h"
#include "waybill/event_codec.h"

namespace waybill::sqlite {

namespace {

/// Enough for every attempt on the wire of a busy daemon, at some 700 bytes each.
constexpr std::size_t kCachedStreams = 16384;
constexpr int kCacheKib = 64 * 1024;
constexpr std::uint64_t kFrameBytes = kPageSize + 24;
/// Nobody else writes; somebody with a shell may still try for a moment.
constexpr int kBusyTimeoutMs = 1000;
/// What is left of the write-ahead log's file when it is begun anew.
constexpr std::int64_t kJournalSizeLimit = 64 * 1024 * 1024;

/// The append-only triggers stand guard against everybody else; on this connection they would cost
/// a fifth of the throughput. What they refuse cannot be prepared here.
int authorize(void*, int action, const char* table, const char*, const char*, const char*) {
    const bool changes = action == SQLITE_UPDATE || action == SQLITE_DELETE ||
                         action == SQLITE_DROP_TABLE || action == SQLITE_DROP_TRIGGER;
    const std::string_view name = table ? table : "";
    return changes && (name == "event_log" || name == "streams") ? SQLITE_DENY : SQLITE_OK;
}

void configure(Database& database) {
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    database.execute("PRAGMA secure_delete = ON");  // erased means overwritten
    database.execute("PRAGMA temp_store = MEMORY");
    database.execute("PRAGMA cache_size = -" + std::to_string(kCacheKib));
    database.execute("PRAGMA journal_size_limit = " + std::to_string(kJournalSizeLimit));
    sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_set_authorizer(database.handle(), authorize, nullptr);
}

[[noreturn]] void fence(const RecordedEvent& event, std::uint64_t newest) {
    throw Fenced("stream " + event.stream + " is at position " + std::to_string(newest) +
                 ": the next event must have the position after it, not " +
                 std::to_string(event.position));
}

/// Worth remembering after the batch: more will happen to it soon.
bool isOpen(const StreamState& state) {
    if (const auto* delivery = std::get_if<Delivery>(&state)) return delivery->live();
    const auto* response = std::get_if<Response>(&state);
    return response && response->state == ResponseState::kCreated;
}

}  // namespace

Writer::Writer(const std::string& file, const LogOptions& options, const SecretBox& box)
    : options_(options),
      database_(file, OpenMode::kReadWrite),
      log_id_(readLogId(database_)),
      vault_(database_, box, log_id_),
      events_(database_),
      projection_(database_),
      attachments_(database_, vault_),
      cache_(kCachedStreams) {
    configure(database_);
    seal(options_.seal_timeout);
    if (!derivedTablesAreWhole(database_)) {
        removeDatabase(index::indexFileOf(file));
        rebuildDerivedTables(database_);
        seal(options_.seal_timeout);
    }
    head_ = readHead(database_, log_id_);
    newest_stream_ = database_.number("SELECT max(stream) FROM streams");
    sqlite3_wal_hook(database_.handle(), countFrames, this);
}

Writer::~Writer() = default;

/// After a crash the frames that recovery finds can be seen but need not be on the disk yet: shown
/// to somebody now, they could be gone after a power cut. So everything is moved into the database
/// and synced before anything is believed.
void Writer::seal(Duration timeout) {
    writeWalAgain(database_);
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    sqlite3_busy_timeout(database_.handle(), static_cast<int>(milliseconds));
    const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr,
                                               SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(database_.handle(), kBusyTimeoutMs);
    if ((code & 0xff) == SQLITE_BUSY) {
        throw StoreUnavailable(database_.file() +
                               " cannot be made durable while another program reads it (a shell, "
                               "a verification, a backup): end that, then try again");
    }
    if (code != SQLITE_OK) database_.fail(code);
}

LogHead Writer::append(Batch& batch, const LogHead& expected_head) {
    if (head_ != expected_head) {
        throw Fenced("the log is at event " + std::to_string(head_.global_position) +
                     ", not at the head that was expected, event " +
                     std::to_string(expected_head.global_position));
    }
    if (batch.empty()) return head_;
    const std::int64_t newest_stream = newest_stream_;
    try {
        head_ = appendInTransaction(batch);
    } catch (...) {
        forget();
        newest_stream_ = newest_stream;
        throw;
    }
    keepWhatIsOpen();
    return head_;
}

LogHead Writer::appendInTransaction(Batch& batch) {
    Transaction transaction(database_);
    LogHead head = head_;
    for (NewEvent& line : batch)
        appendEvent(line, head);
    writeChangedRows();
    try {
        transaction.commit();
    } catch (const SqliteError& error) {
        throw StoreIndeterminate(error.message());
    }
    return head;
}

void Writer::appendEvent(NewEvent& line, LogHead& head) {
    RecordedEvent& event = line.recorded;
    StreamCache::Entry* const entry = streamOf(event);
    CachedStream& stream = entry->second;
    if (event.position != positionOf(stream.state) + 1) fence(event, positionOf(stream.state));

    encodeData(event.event, data_);
    event.global_position = head.global_position + 1;
    event.hash = chainHash(head.hash, event, data_);
    erase(line, stream);
    foldInto(stream.state, event);
    if (!std::exchange(stream.changed, true)) changed_.push_back(entry);

    events_.insert(stream.key, event, data_);
    attachments_.insert(event.global_position, line.attachments);
    projection_.rememberIdempotency(stream.key, event);
    head = {event.global_position, event.hash};
}

StreamCache::Entry* Writer::streamOf(const RecordedEvent& event) {
    if (StreamCache::Entry* cached = cache_.find(event.stream)) return cached;
    if (event.position == 1) return openStream(event);
    const auto key = events_.findStream(event.stream);
    if (!key) fence(event, 0);
    StreamState state = projection_.find(*key);
    const bool has_row = !std::holds_alternative<std::monostate>(state);
    if (!has_row) {
        for (const RecordedEvent& earlier : events_.readStream(event.stream))
            foldInto(state, earlier);
    }
    return cache_.insert(event.stream, {*key, std::move(state), has_row});
}

StreamCache::Entry* Writer::openStream(const RecordedEvent& event) {
    try {
        events_.insertStream(newest_stream_ + 1, event.stream);
    } catch (const SqliteError& error) {
        if (!error.isUniqueViolation()) throw;
        throw Fenced("stream " + event.stream + " has events already: it is not opened twice");
    }
    return cache_.insert(event.stream, {++newest_stream_, StreamState{}});
}

/// What goes with this event; `stream` is as it was before it.
void Writer::erase(const NewEvent& line, const CachedStream& stream) {
    const Event& event = line.recorded.event;
    const auto* response = std::get_if<Response>(&stream.state);
    if (line.attachments.erase_payload) {
        const auto* delivery = std::get_if<Delivery>(&stream.state);
        if (delivery) attachments_.erasePayload(delivery->accepted_position);
        if (response) attachments_.erasePayload(response->payload_position);
    }
    const bool ends = std::holds_alternative<ResponseCompleted>(event) ||
                      std::holds_alternative<ResponseDeleted>(event);
    if (ends && response && response->background) attachments_.eraseRequests(stream.key);
}

void Writer::writeChangedRows() {
    for (StreamCache::Entry* entry : changed_) {
        CachedStream& stream = entry->second;
        if (stream.has_row) {
            projection_.update(stream.key, stream.state);
        } else {
            projection_.insert(stream.key, stream.state);
        }
        stream.has_row = true;
        stream.changed = false;
    }
}

void Writer::keepWhatIsOpen() {
    for (const StreamCache::Entry* entry : changed_) {
        if (!isOpen(entry->second.state)) cache_.forget(entry);
    }
    changed_.clear();
    cache_.shrinkToLimit();
}

/// What is in memory may be ahead of the log now. Reading it again is always right.
void Writer::forget() {
    changed_.clear();
    cache_.forgetAll();
    projection_.forget();
    vault_.forget();
}

void Writer::maintain(bool busy) {
    const std::uint64_t limit =
        busy ? options_.checkpoint_busy_bytes : options_.checkpoint_idle_bytes;
    if (log_frames_ < checkpointed_frames_) checkpointed_frames_ = 0;  // it was begun anew
    if ((log_frames_ - checkpointed_frames_) * kFrameBytes < limit) return;
    // A failure shows at the next commit; frames that a reader still needs wait for the next time.
    sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
    checkpointed_frames_ = log_frames_;
}

int Writer::countFrames(void* writer, sqlite3*, const char*, int frames) {
    static_cast<Writer*>(writer)->log_frames_ = static_cast<std::uint64_t>(frames);
    return SQLITE_OK;
}

}  // namespace waybill::sqlite
