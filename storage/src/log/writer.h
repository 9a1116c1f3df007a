// The one connection that appends.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/attachment_store.h"
#include "log/database.h"
#include "log/event_table.h"
#include "log/head_file.h"
#include "log/projection.h"
#include "log/stream_cache.h"
#include "log/vault.h"
#include "waybill/event_log.h"
#include "waybill/sqlite/log.h"

namespace waybill::sqlite {

/// A log opened for writing: sealed, with whole derived tables, and with what a hot path needs in
/// memory. It is thrown away, and another one opened, when a commit fails.
class Writer {
public:
    /// What is in the file is durable when this returns. Derived tables are made anew when they are
    /// not whole, or not what was written; or because of `difference`, in words, that somebody has
    /// found in them. Throws SqliteError (`isBusy`) when a lock of another program keeps that from
    /// being done within `options.lock_timeout`. `box` must outlive it.
    Writer(const std::string& file, const LogOptions& options, const SecretBox& box,
           const std::string& difference = {});
    ~Writer();

    const std::string& logId() const noexcept { return log_id_; }
    const LogHead& head() const noexcept { return head_; }
    KnownHead known();  ///< the head, with the time of its event
    LogHead append(Batch& batch, const LogHead& expected_head);

    /// A checkpoint, if it is time for one: passive, so that nobody waits, or, some time after
    /// bytes were erased, one that empties the write-ahead log. Whether there was one.
    bool maintain(bool busy);

    /// Before it is closed: empties the write-ahead log if erased bytes may be in it.
    void finish();

    /// For a log whose files have lost their names: moves what can be moved into the database, and
    /// leaves what lies under the names of its side files alone when it is closed.
    void giveUp();

    EventTable& events() noexcept { return events_; }
    Projection& projection() noexcept { return projection_; }
    AttachmentStore& attachments() noexcept { return attachments_; }

private:
    LogHead appendInTransaction(Batch& batch);
    void appendEvent(NewEvent& line, LogHead& head);
    StreamCache::Entry* streamOf(const RecordedEvent& event);
    StreamCache::Entry* openStream(const RecordedEvent& event);
    void findUnerasable(const Batch& batch);
    void erase(const NewEvent& line, const CachedStream& stream);
    void writeChangedRows(std::uint64_t position);
    void keepWhatIsOpen();
    void forget();

    void seal();
    void eraseWhatEarlierVersionsLeft();
    bool emptyWal();
    bool emptyWalOfErased(bool busy);
    void tellOfErased();
    void rebuildIfDerivedTablesDiffer(const std::string& difference);
    void rebuild();
    bool checkpoint(int mode);
    void tellOfGrowth();
    static int countFrames(void* writer, sqlite3*, const char*, int frames);

    LogOptions options_;
    Database database_;
    std::string log_id_;
    Vault vault_;
    EventTable events_;
    Projection projection_;
    AttachmentStore attachments_;
    StreamCache cache_;
    std::set<StreamId> unerasable_;             ///< of the batch in hand
    std::vector<StreamCache::Entry*> changed_;  ///< by the batch in hand
    std::string data_;                          ///< of the event in hand
    LogHead head_;
    std::int64_t newest_stream_ = 0;
    std::uint64_t log_frames_ = 0;           ///< in the write-ahead log after the newest commit
    std::uint64_t checkpointed_frames_ = 0;  ///< of these, when a checkpoint was last tried
    /// Everything is in the database file, so the next commit may begin the write-ahead log anew.
    bool mark_due_ = false;
    std::uint64_t told_growth_ = 0;  ///< bytes of the write-ahead log that were told of

    using Clock = std::chrono::steady_clock;
    /// Since when bytes that were erased may be in older pages of the write-ahead log.
    std::optional<Clock::time_point> erased_since_;
    Clock::time_point next_emptying_{};
    bool told_erased_ = false;
};

}  // namespace waybill::sqlite
