// Which of many is due first.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace waybill {

/// Base of what a DueQueue holds: it knows its place in there. In one queue at a time; it must stay
/// where it is, and be taken out before it goes.
class Queued {
public:
    Queued() = default;
    Queued(const Queued&) = delete;
    Queued& operator=(const Queued&) = delete;

    bool queued() const { return slot_ != kNowhere; }

private:
    template <typename Item, typename Key>
    friend class DueQueue;
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

    std::size_t slot_ = kNowhere;
};

/// A binary heap of `Queued` items, the smallest key first, from which any can be taken or moved.
/// O(log n); next to nothing for the usual case, one that is due after all others. One thread.
template <typename Item, typename Key>
class DueQueue {
public:
    /// Puts `item` in, or moves it when it is in.
    void set(Item& item, Key key) {
        if (!item.queued()) {
            heap_.push_back({key, &item});
            rise(heap_.size() - 1, {key, &item});
        } else if (key < heap_[slotOf(item)].key) {
            rise(slotOf(item), {key, &item});
        } else {
            sink(slotOf(item), {key, &item});
        }
    }

    /// Takes `item` out; it may be in no queue, but not in another.
    void remove(Item& item) {
        if (!item.queued()) return;
        const std::size_t slot = std::exchange(static_cast<Queued&>(item).slot_, Queued::kNowhere);
        const Entry last = heap_.back();
        heap_.pop_back();
        if (slot == heap_.size()) return;
        if (last.key < heap_[slot].key) {
            rise(slot, last);
        } else {
            sink(slot, last);
        }
    }

    /// The smallest key; nothing when none is in.
    std::optional<Key> next() const {
        return heap_.empty() ? std::nullopt : std::optional(heap_.front().key);
    }

    /// Takes the first out whose key is at most `now`, or returns null.
    Item* popDue(const Key& now) {
        if (heap_.empty() || now < heap_.front().key) return nullptr;
        Item* const item = heap_.front().item;
        remove(*item);
        return item;
    }

private:
    struct Entry {
        Key key;
        Item* item;
    };

    static std::size_t slotOf(const Queued& item) { return item.slot_; }

    void place(std::size_t slot, Entry entry) {
        heap_[slot] = entry;
        static_cast<Queued&>(*entry.item).slot_ = slot;
    }

    void rise(std::size_t slot, Entry entry) {
        while (slot > 0) {
            const std::size_t parent = (slot - 1) / 2;
            if (!(entry.key < heap_[parent].key)) break;
            place(slot, heap_[parent]);
            slot = parent;
        }
        place(slot, entry);
    }

    void sink(std::size_t slot, Entry entry) {
        for (;;) {
            std::size_t child = 2 * slot + 1;
            if (child >= heap_.size()) break;
            if (child + 1 < heap_.size() && heap_[child + 1].key < heap_[child].key) ++child;
            if (!(heap_[child].key < entry.key)) break;
            place(slot, heap_[child]);
            slot = child;
        }
        place(slot, entry);
    }

    std::vector<Entry> heap_;
};

}  // namespace waybill
