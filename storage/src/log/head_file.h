// How far a log has reached, noted in a file beside it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "log/log_file.h"
#include "waybill/event_log.h"
#include "waybill/time.h"

namespace waybill::sqlite {

/// The newest event of a log that was acknowledged.
struct KnownHead {
    std::string log_id{};
    LogHead head{};
    Timestamp recorded_at{};  ///< of the event
    friend bool operator==(const KnownHead&, const KnownHead&) = default;
};

/// Of the log in `file`: `waybill.head` beside `waybill.db`.
std::string headFileOf(const std::string& file);

/// Nothing when there is none, or none that is whole, which `on_notice` is told: such a file says
/// nothing about the log, and the next note makes it anew. Throws StoreUnavailable when it is there
/// and cannot be opened.
std::optional<KnownHead> readHeadFile(const std::string& path, const Notice& on_notice);

/// In place, in one sector, with a digest: a power cut leaves the old note or the new one, a full
/// disk does not matter, and no name has to be synced. What `known` names must be durable already.
/// Without `durable` the bytes are left to the system: they survive the process, and a power cut
/// may leave an older note, which is as true. Costs some ten microseconds; with `durable` a sync.
/// Throws StoreUnavailable.
void writeHeadFile(const std::string& path, const KnownHead& known, bool durable);

/// Knows the newest event of an open log that was acknowledged, and notes it beside the log: after
/// a checkpoint, once a second while nobody waits, and at the end. Never in a commit.
class HeadNote {
public:
    HeadNote(std::string path, KnownHead known, Notice on_notice);

    const KnownHead& known() const noexcept { return known_; }

    void take(const LogHead& head, Timestamp recorded_at) {
        known_.head = head;
        known_.recorded_at = recorded_at;
    }
    void take(KnownHead known) { known_ = std::move(known); }

    /// Housekeeping, after each round of the engine; `busy`: somebody waits.
    void maintain(bool made_checkpoint, bool busy);

    /// That it failed is said once, until it succeeds again.
    void write(bool durable);

private:
    using Clock = std::chrono::steady_clock;

    const std::string path_;
    const Notice on_notice_;
    KnownHead known_;
    KnownHead noted_{};     ///< as it stands in the file
    bool durable_ = false;  ///< what stands in the file is on the disk
    bool told_ = false;
    Clock::time_point noted_at_{};
};

}  // namespace waybill::sqlite
