#include "log/writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "index/index_file.h"
#include "log/durable_wal.h"
#include "log/lock_holders.h"
#include "log/rebuild.h"
#include "log/schema.h"
#include "log/transaction.h"
#include "log/wal_origin.h"
#include "waybill/event_codec.h"

namespace waybill::sqlite {

namespace {

/// Enough for every attempt on the wire of a busy daemon, at some 700 bytes each.
constexpr std::size_t kCachedStreams = 16384;
constexpr int kCacheKib = 64 * 1024;
constexpr std::uint64_t kFrameBytes = kPageSize + 24;
/// Nobody else writes; somebody with a shell may still try for a moment.
constexpr int kBusyTimeoutMs = 1000;
/// Half a second in all, once a log has lost its place.
constexpr int kGiveUpTries = 25;
constexpr int kGiveUpPauseMs = 20;
/// What is left of the write-ahead log's file when it is begun anew.
constexpr std::int64_t kJournalSizeLimit = 64 * 1024 * 1024;
/// More than it comes to as long as nobody keeps it from being begun anew.
constexpr std::uint64_t kLargeWal = 64 * 1024 * 1024;
/// Erased bytes stay in the write-ahead log for so long while nobody waits, or somebody does.
constexpr std::chrono::seconds kErasedWhileIdle{1};
constexpr std::chrono::seconds kErasedWhileBusy{10};
constexpr std::chrono::seconds kBetweenEmptyings{1};
constexpr std::chrono::seconds kLongErased{60};

bool isErasure(const Event& event) {
    return std::holds_alternative<PayloadErased>(event);
}

bool endsResponse(const Event& event) {
    return std::holds_alternative<ResponseCompleted>(event) ||
           std::holds_alternative<ResponseDeleted>(event);
}

int milliseconds(Duration duration) {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

/// The append-only triggers stand guard against everybody else; on this connection no trigger runs.
/// What they refuse cannot be prepared here.
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
    sqlite3_set_authorizer(database.handle(), authorize, nullptr);
}

[[noreturn]] void fence(const RecordedEvent& event, std::uint64_t newest) {
    throw Fenced("stream " + event.stream + " is at position " + std::to_string(newest) +
                 ": the next event must have the position after it, not " +
                 std::to_string(event.position));
}

/// Worth remembering after the batch: more will happen to it soon.
bool staysInMind(const StreamState& state) {
    if (const auto* delivery = std::get_if<Delivery>(&state)) return isOpen(*delivery);
    const auto* response = std::get_if<Response>(&state);
    return response && isOpen(*response);
}

}  // namespace

Writer::Writer(const std::string& file, const LogOptions& options, const SecretBox& box,
               const std::string& difference)
    : options_(options),
      database_(file, OpenMode::kReadWrite, options.lock_timeout),
      log_id_(readLogId(database_)),
      vault_(database_, box, log_id_),
      events_(database_),
      projection_(database_),
      attachments_(database_, events_, vault_),
      cache_(kCachedStreams) {
    database_.tellDamagedRows(options_.on_damaged_row);
    configure(database_);
    seal();
    rebuildIfDerivedTablesDiffer(difference);
    eraseWhatEarlierVersionsLeft();
    sqlite3_busy_timeout(database_.handle(), kBusyTimeoutMs);
    head_ = readHead(database_, log_id_);
    newest_stream_ = database_.number("SELECT max(stream) FROM streams");
    sqlite3_wal_hook(database_.handle(), countFrames, this);
}

Writer::~Writer() = default;

/// After a crash the frames that recovery finds can be seen but need not be on the disk yet: shown
/// to somebody now, they could be gone after a power cut. So they are made durable before anything
/// is believed. That they are moved into the database as well is for order alone, and waits for
/// nobody who reads an old state.
void Writer::seal() {
    makeDurable(database_);
    mark_due_ = emptyWal();
    sqlite3_busy_timeout(database_.handle(), milliseconds(options_.lock_timeout));
    // What an earlier process erased may be in it.
    if (!mark_due_) erased_since_ = Clock::now();
}

void Writer::eraseWhatEarlierVersionsLeft() {
    if (answersAreErased(database_)) return;
    try {
        Transaction transaction(database_);
        if (mark_due_) WalOrigin::begin(database_);
        eraseAnswersOfErased(database_);
        transaction.commit();
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;  // what cannot be read stays there, and `verify` finds it
    }
    seal();
}

void Writer::rebuildIfDerivedTablesDiffer(const std::string& difference) {
    std::string problem = difference;
    if (problem.empty()) problem = problemOfDerivedTables(database_);
    if (problem.empty()) problem = projection_.difference();
    if (problem.empty()) return;
    if (options_.on_notice) {
        options_.on_notice(problem + ": all derived tables of " + database_.file() +
                           " are made anew from the events");
    }
    rebuild();
    seal();
    projection_.readSums();
}

void Writer::rebuild() {
    if (mark_due_) {
        Transaction transaction(database_);
        WalOrigin::begin(database_);
        transaction.commit();
    }
    // Before, for the case that this process dies in between; and afterwards, because a running
    // indexer may make it from the old rows until then.
    const std::string index = index::indexFileOf(database_.file());
    removeDatabase(index);
    rebuildDerivedTables(database_, [this](const CorruptLog& stream) {
        if (!options_.on_notice) return;
        options_.on_notice(stream.message() +
                           ": the stream has no derived row, and nothing is done with it; "
                           "`waybill verify` says more");
    });
    removeDatabase(index);
}

/// Without waiting for anybody: those who read an old state are in its way.
bool Writer::emptyWal() {
    sqlite3_busy_timeout(database_.handle(), 0);
    return checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

/// Whether everything is in the database file now. A failure shows at the next commit.
bool Writer::checkpoint(int mode) {
    int frames = 0;
    int moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, mode, &frames, &moved);
    return code == SQLITE_OK && frames == moved;
}

KnownHead Writer::known() {
    const auto recorded_at =
        database_.number("SELECT recorded_at FROM event_log ORDER BY global_position DESC LIMIT 1");
    return {log_id_, head_, Timestamp(Duration(recorded_at))};
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

/// What lies on a damaged page stays there, and its event is recorded all the same; `verify` finds
/// the row.
void Writer::findUnerasable(const Batch& batch) {
    unerasable_.clear();
    for (const NewEvent& line : batch) {
        const bool erases = isErasure(line.recorded.event) || endsResponse(line.recorded.event);
        if (erases && !attachments_.canErase(line.recorded.stream))
            unerasable_.insert(line.recorded.stream);
    }
}

LogHead Writer::appendInTransaction(Batch& batch) {
    findUnerasable(batch);
    Transaction transaction(database_);
    const bool marks = mark_due_;
    if (marks) WalOrigin::begin(database_);
    LogHead head = head_;
    for (NewEvent& line : batch)
        appendEvent(line, head);
    writeChangedRows(head.global_position);
    try {
        transaction.commit();
    } catch (const SqliteError& error) {
        throw StoreIndeterminate(error.message());
    }
    if (marks) mark_due_ = false;
    projection_.committed();
    return head;
}

void Writer::appendEvent(NewEvent& line, LogHead& head) {
    RecordedEvent& event = line.recorded;
    StreamCache::Entry* const entry = streamOf(event);
    CachedStream& stream = entry->second;
    if (event.position != positionOf(stream.state) + 1) fence(event, positionOf(stream.state));
    requireMayFollow(stream.state, event);

    encodeData(event.event, data_, event.actor_claimed);
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
    // The log's own stream has no row.
    StreamState state = event.stream == kLogStream ? events_.logStream() : projection_.find(*key);
    if (std::holds_alternative<std::monostate>(state)) {
        database_.damagedRow("derived tables", event.stream);
        for (const RecordedEvent& earlier : events_.readStream(event.stream))
            foldInto(state, earlier);
    }
    const Share share = projection_.shareOf(*key, state);
    return cache_.insert(event.stream, {*key, std::move(state), true, share});
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
    if (unerasable_.contains(line.recorded.stream)) return;
    const auto* response = std::get_if<Response>(&stream.state);
    if (line.attachments.erase_payload) {
        // What is erased does not come back, so the place is the one that the events say.
        StreamState recorded;
        for (const RecordedEvent& earlier : events_.readStream(line.recorded.stream))
            foldInto(recorded, earlier);
        if (const auto* delivery = std::get_if<Delivery>(&recorded))
            attachments_.erasePayload(delivery->accepted_position);
        if (const auto* completed = std::get_if<Response>(&recorded))
            attachments_.erasePayload(completed->payload_position);
    }
    const bool is_over = endsResponse(line.recorded.event) && response && response->background;
    if (is_over) attachments_.eraseRequests(stream.key);
    if (isErasure(line.recorded.event)) attachments_.eraseExchanges(stream.key);
    if ((is_over || isErasure(line.recorded.event)) && !erased_since_) erased_since_ = Clock::now();
}

void Writer::writeChangedRows(std::uint64_t position) {
    for (StreamCache::Entry* entry : changed_) {
        CachedStream& stream = entry->second;
        stream.share = stream.has_row ? projection_.update(stream.key, stream.state, stream.share)
                                      : projection_.insert(stream.key, stream.state);
        stream.has_row = true;
        stream.changed = false;
    }
    projection_.finish(position);
}

void Writer::keepWhatIsOpen() {
    for (const StreamCache::Entry* entry : changed_) {
        if (!staysInMind(entry->second.state)) cache_.forget(entry);
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

bool Writer::maintain(bool busy) {
    const std::uint64_t limit =
        busy ? options_.checkpoint_busy_bytes : options_.checkpoint_idle_bytes;
    if (emptyWalOfErased(busy)) return true;
    if (log_frames_ < checkpointed_frames_) checkpointed_frames_ = 0;  // it was begun anew
    if ((log_frames_ - checkpointed_frames_) * kFrameBytes < limit) return false;
    // Frames that a reader still needs wait for the next time.
    if (checkpoint(SQLITE_CHECKPOINT_PASSIVE)) mark_due_ = true;
    checkpointed_frames_ = log_frames_;
    tellOfGrowth();
    return true;
}

/// Erased bytes are overwritten in the newest pages (`secure_delete`), but not in older ones, which
/// the write-ahead log keeps until it is emptied.
bool Writer::emptyWalOfErased(bool busy) {
    const auto now = Clock::now();
    if (!erased_since_ || now < next_emptying_) return false;
    if (now - *erased_since_ < (busy ? kErasedWhileBusy : kErasedWhileIdle)) return false;
    next_emptying_ = now + kBetweenEmptyings;
    const bool emptied = emptyWal();
    sqlite3_busy_timeout(database_.handle(), kBusyTimeoutMs);
    if (!emptied) {
        if (now - *erased_since_ >= kLongErased) tellOfErased();
        return false;
    }
    mark_due_ = true;
    log_frames_ = checkpointed_frames_ = 0;
    erased_since_.reset();
    told_erased_ = false;
    return true;
}

void Writer::finish() {
    if (erased_since_) emptyWal();
}

void Writer::tellOfErased() {
    if (std::exchange(told_erased_, true) || !options_.on_notice) return;
    const std::string readers = whoReads(database_.file());
    options_.on_notice(database_.file() +
                       "-wal may still hold bytes that were erased: it cannot be emptied while " +
                       (readers.empty() ? "a program" : readers) +
                       " reads an old state of the log");
}

/// Once for each doubling: as long as somebody reads an old state, it cannot be begun anew.
void Writer::tellOfGrowth() {
    const std::uint64_t bytes = log_frames_ * kFrameBytes;
    if (bytes < kLargeWal) told_growth_ = 0;
    if (bytes < std::max<std::uint64_t>(kLargeWal, 2 * told_growth_) || !options_.on_notice) return;
    told_growth_ = bytes;
    const std::string readers = whoReads(database_.file());
    options_.on_notice(database_.file() + "-wal has grown to " + std::to_string(bytes >> 20) +
                       " MiB: it cannot be begun anew while " +
                       (readers.empty() ? "a program" : readers) +
                       " reads an old state of the log");
}

void Writer::giveUp() {
    // A reader of an old state is in the way of the newest pages; readers of ours are soon done.
    for (int tries = 0; tries < kGiveUpTries && !checkpoint(SQLITE_CHECKPOINT_PASSIVE); ++tries)
        sqlite3_sleep(kGiveUpPauseMs);
    sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

/// Runs in a commit. Fewer frames than before: another program had moved everything into the
/// database, and this commit has begun the write-ahead log anew.
int Writer::countFrames(void* object, sqlite3*, const char*, int frames) {
    Writer& writer = *static_cast<Writer*>(object);
    const auto count = static_cast<std::uint64_t>(frames);
    if (count < writer.log_frames_) writer.mark_due_ = true;
    writer.log_frames_ = count;
    return SQLITE_OK;
}

}  // namespace waybill::sqlite
