// Is this log what it says it is?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "waybill/bytes.h"
#include "waybill/event.h"

namespace waybill::sqlite {

struct VerifyOptions {
    std::string file{};
    /// A head noted elsewhere, at this or an earlier time: shows a log cut short at its end, and
    /// one that was made again from there on.
    std::optional<Digest> expect_head{};
    /// Of that head, where it was noted too: then it is said what is wrong with it.
    std::optional<std::uint64_t> expect_position{};
};

/// One thing that is wrong, at the first place it shows.
struct Finding {
    std::uint64_t global_position = 0;  ///< 0: not about one event
    std::string stream{};
    std::uint64_t position = 0;
    std::string rule{};  ///< in words: what should hold and does not
};

/// Rows that no digest covers and that nothing else in the log says again.
struct Unchecked {
    std::string what{};  ///< completes "12 …"
    std::uint64_t count = 0;
};

struct VerifyReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    std::uint64_t payloads = 0;
    /// Events that this version does not know: checked by the chain alone. Not a fault.
    std::uint64_t later_events = 0;
    /// The last event that was read. It is the head of the log only when `reached_end`: reading
    /// ends with the 20th finding, or where the end of the file cannot be read.
    std::uint64_t head_position = 0;
    Digest head{};
    bool reached_end = false;
    /// Where the expected head is in the log.
    std::optional<std::uint64_t> expected_at{};
    std::vector<Finding> findings{};  ///< empty: sound. At most 20
    std::vector<Unchecked> unchecked{};
    /// Losses that a start accepted, as the log itself records them: no findings, it goes on.
    std::vector<RecordedEvent> losses{};
    bool sound() const { return findings.empty(); }
};

/// Holds everything that a reader or the daemon believes against what it follows from, or says that
/// it could not. storage/LOG_FORMAT.md has the table of what is checked how: the structure of the
/// file, its schema, the chain of events, their order in each stream, the bytes beside the log, the
/// derived tables, the index and the head that is noted beside the log. What cannot be read is a
/// finding at its place, and the rest is checked all the same. Sealed secrets are opened with the
/// `secrets.key` beside the log, where there is one that can be read. Reads only, in one snapshot,
/// also while a daemon writes. Throws StoreUnavailable or ConfigError when the file is no log that
/// can be read at all.
VerifyReport verify(const VerifyOptions& options);

}  // namespace waybill::sqlite
