// The streams that the writer has in mind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "log/row_sums.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// A stream's integer key and folded state.
struct CachedStream {
    std::int64_t key = 0;
    StreamState state;
    bool has_row = false;  ///< in a derived table
    Share share{};         ///< what the row adds to the sums of that table
    bool changed = false;  ///< by the batch in hand
};

/// Bounded: what does not fit is forgotten and read again from the derived tables. Which one goes
/// is left to chance, which on a backlog does as well as anything.
class StreamCache {
public:
    /// An id and its stream; stays where it is until it is forgotten.
    using Entry = std::pair<const StreamId, CachedStream>;

    explicit StreamCache(std::size_t limit) : limit_(limit) {}

    /// Null when unknown.
    Entry* find(const StreamId& id) {
        const auto found = streams_.find(id);
        return found == streams_.end() ? nullptr : &*found;
    }
    Entry* insert(const StreamId& id, CachedStream stream) {
        return &*streams_.insert_or_assign(id, std::move(stream)).first;
    }
    void forget(const Entry* entry) { streams_.erase(streams_.find(entry->first)); }
    void forgetAll() { streams_.clear(); }

    /// Between batches: entries do not survive it.
    void shrinkToLimit() {
        while (streams_.size() > limit_)
            streams_.erase(streams_.begin());
    }

private:
    std::size_t limit_;
    std::unordered_map<StreamId, CachedStream> streams_;
};

}  // namespace waybill::sqlite
