// What waits: few bytes each, found by key.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "waybill/time.h"

namespace waybill {

/// Millions that wait, without gaps: each is named by index, and the last takes the place of one
/// that leaves. Chunks, so that growing copies nothing and memory goes back as it empties. Hash
/// tables of indexes (open addressing, linear probing): many, which grow at different times,
/// because moving ten million keys to a larger one takes most of a second, and who adds one more
/// must not wait for that. All in all 32 bytes each and 6 to 14 more. O(1). One thread.
template <typename Lane>
class WaitingList {
public:
    using Index = std::uint32_t;

    struct Waiting {
        std::uint64_t key;
        MonotonicTime due;
        Lane* lane;
        std::uint32_t slot;  ///< in the heap of its lane
        bool recorded;       ///< `due` was computed from wall time
    };
    static_assert(sizeof(Waiting) == 32);

    std::size_t size() const { return size_; }
    Waiting& operator[](Index index) { return (*chunks_[index / kChunk])[index % kChunk]; }
    const Waiting& operator[](Index index) const {
        return (*chunks_[index / kChunk])[index % kChunk];
    }

    std::optional<Index> find(std::uint64_t key) const {
        const Table& table = tableOf(key);
        for (std::size_t place = table.home(key); table.places[place] != kEmpty;
             place = table.after(place)) {
            const Index index = table.places[place];
            if ((*this)[index].key == key) return index;
        }
        return std::nullopt;
    }

    /// Its key must not be in.
    Index add(const Waiting& waiting) {
        Table& table = tableOf(waiting.key);
        if (table.used >= limitOf(table)) resize(table, 2 * table.places.size());
        if (size_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<Chunk>());
        const auto index = static_cast<Index>(size_++);
        (*this)[index] = waiting;
        table.enter(index, waiting.key);
        ++table.used;
        return index;
    }

    /// Removes the one at `index`. The last of all takes its place (and was at `size()` as it is
    /// afterwards), unless it was that one.
    void remove(Index index) {
        const std::uint64_t key = (*this)[index].key;
        Table& table = tableOf(key);
        vacate(table, table.find(index, key));
        --table.used;
        const auto last = static_cast<Index>(size_ - 1);
        if (index != last) {
            const std::uint64_t moved = (*this)[last].key;
            Table& its_table = tableOf(moved);
            its_table.places[its_table.find(last, moved)] = index;
            (*this)[index] = (*this)[last];
        }
        --size_;
        // One chunk is kept in hand: one that leaves and one that comes must not cost a chunk.
        if (size_ + 2 * kChunk <= chunks_.size() * kChunk) chunks_.pop_back();
        if (table.places.size() > kSmallestTable && table.used < limitOf(table) / 4)
            resize(table, table.places.size() / 2);
    }

private:
    static constexpr std::size_t kChunk = 4096;
    using Chunk = std::array<Waiting, kChunk>;
    static constexpr Index kEmpty = static_cast<Index>(-1);
    static constexpr std::size_t kTables = 256;
    static constexpr std::size_t kSmallestTable = 16;

    /// Fibonacci hashing (Knuth, The Art of Computer Programming 3, section 6.4): keys come in
    /// runs, which it spreads. The upper bits are the best.
    static std::uint64_t hashOf(std::uint64_t key) { return key * 0x9E3779B97F4A7C15U; }

    struct Table {
        std::vector<Index> places = std::vector<Index>(kSmallestTable, kEmpty);  ///< 2^n of them
        std::size_t used = 0;

        std::size_t home(std::uint64_t key) const {
            return static_cast<std::size_t>(hashOf(key) >> (64 - std::countr_zero(places.size())));
        }
        std::size_t after(std::size_t place) const { return (place + 1) & (places.size() - 1); }
        std::size_t find(Index index, std::uint64_t key) const {
            std::size_t place = home(key);
            while (places[place] != index)
                place = after(place);
            return place;
        }
        void enter(Index index, std::uint64_t key) { places[find(kEmpty, key)] = index; }
    };

    Table& tableOf(std::uint64_t key) { return tables_[(hashOf(key) >> 24) % kTables]; }
    const Table& tableOf(std::uint64_t key) const { return tables_[(hashOf(key) >> 24) % kTables]; }

    /// How many it may hold before it grows: between 2/5 and 7/10 of its places, each another
    /// share, since runs of keys fill them all alike.
    std::size_t limitOf(const Table& table) const {
        const auto number = static_cast<std::size_t>(&table - tables_.data());
        return table.places.size() * (4 * kTables + 3 * number) / (10 * kTables);
    }

    /// Moves those behind `place` up that may stand there, so that no search ends too early.
    void vacate(Table& table, std::size_t place) {
        const std::size_t mask = table.places.size() - 1;
        for (std::size_t next = table.after(place); table.places[next] != kEmpty;
             next = table.after(next)) {
            const std::size_t home = table.home((*this)[table.places[next]].key);
            if (((next - home) & mask) < ((next - place) & mask)) continue;
            table.places[place] = table.places[next];
            place = next;
        }
        table.places[place] = kEmpty;
    }

    void resize(Table& table, std::size_t places) {
        const std::vector<Index> before =
            std::exchange(table.places, std::vector<Index>(places, kEmpty));
        for (const Index index : before)
            if (index != kEmpty) table.enter(index, (*this)[index].key);
    }

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::size_t size_ = 0;
    std::vector<Table> tables_ = std::vector<Table>(kTables);
};

}  // namespace waybill
