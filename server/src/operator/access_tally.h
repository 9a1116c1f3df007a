// Which accesses become events at once, and which are only counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "waybill/engine.h"
#include "waybill/time.h"

namespace waybill::server {

/// The first access of its kind, by one actor, to one target, from one address, is recorded at
/// once. More of the same within a minute are counted, and recorded as one event at its end.
/// Readings of the log are only counted, for a minute and then for ten at a time, so that who
/// follows it hardly ever follows himself. Of what is to be recorded at once at most kMostPerMinute
/// are, the ends of windows among them; more, and what finds no place in the table of kMostKinds,
/// are counted together, by kind and proven actor, without target and address. So strangers make
/// the log grow by a bounded number of events a minute, and hide no operator. Not thread-safe.
class AccessTally {
public:
    static constexpr std::size_t kMostKinds = 1024;
    static constexpr std::uint32_t kMostPerMinute = 30;

    /// What is to be recorded now; nothing: it is counted.
    std::optional<AccessNote> take(AccessNote note, MonotonicTime now);

    /// What has been counted in the windows that have ended.
    std::vector<AccessNote> due(MonotonicTime now);

    /// Whether `due` has nothing to say whenever it is asked.
    bool empty() const { return windows_.empty(); }

    /// The same of all windows, for the last time: but for readings, which a stop leaves alone, so
    /// that the log ends with what was done.
    std::vector<AccessNote> rest(MonotonicTime now);

private:
    using Same = std::tuple<AccessKind, std::string, bool, std::string, std::string>;
    struct Window {
        std::uint64_t count = 0;  ///< since the event that was recorded last
        MonotonicTime ends_at{};
    };

    bool mayRecord(MonotonicTime now);
    static Same together(const Same& same);
    static AccessNote noteOf(const Same& same, std::uint64_t count);

    std::map<Same, Window> windows_;
    MonotonicTime minute_ends_at_{};
    std::uint32_t recorded_in_minute_ = 0;
};

}  // namespace waybill::server
