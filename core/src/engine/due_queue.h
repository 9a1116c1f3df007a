// Which of many is due first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace waybill {

/// A heap from which any item can be taken or moved: four children each, which makes it half as
/// deep as a binary one. Items are small values (an index, a pointer with its key). `Order` is told
/// where every item stands and says which of two comes first:
///     bool before(const Item&, const Item&) const;
///     void placed(const Item&, std::size_t slot);
/// O(log n); next to nothing for the usual case, one that is due after all others. One thread.
template <typename Item>
class DueHeap {
public:
    bool empty() const { return items_.empty(); }
    std::size_t size() const { return items_.size(); }
    const Item& first() const { return items_.front(); }
    const Item& at(std::size_t slot) const { return items_[slot]; }

    template <typename Order>
    void push(Item item, Order&& order) {
        items_.push_back(item);
        rise(items_.size() - 1, item, order);
    }

    template <typename Order>
    void removeAt(std::size_t slot, Order&& order) {
        const Item last = items_.back();
        items_.pop_back();
        if (slot != items_.size()) settle(slot, last, order);
        giveBackMemory();
    }

    /// Puts `item` where another stood, or the same again with another key.
    template <typename Order>
    void replaceAt(std::size_t slot, Item item, Order&& order) {
        settle(slot, item, order);
    }

    /// `item` is the one that stands there, under another name and with the same key.
    void renameAt(std::size_t slot, Item item) { items_[slot] = item; }

private:
    static constexpr std::size_t kChildren = 4;
    /// So few items are not worth moving to less memory.
    static constexpr std::size_t kSmall = 64;

    template <typename Order>
    void settle(std::size_t slot, Item item, Order& order) {
        if (slot > 0 && order.before(item, items_[(slot - 1) / kChildren])) {
            rise(slot, item, order);
        } else {
            sink(slot, item, order);
        }
    }

    template <typename Order>
    void put(std::size_t slot, Item item, Order& order) {
        items_[slot] = item;
        order.placed(item, slot);
    }

    template <typename Order>
    void rise(std::size_t slot, Item item, Order& order) {
        while (slot > 0) {
            const std::size_t parent = (slot - 1) / kChildren;
            if (!order.before(item, items_[parent])) break;
            put(slot, items_[parent], order);
            slot = parent;
        }
        put(slot, item, order);
    }

    template <typename Order>
    void sink(std::size_t slot, Item item, Order& order) {
        for (;;) {
            const std::size_t first = kChildren * slot + 1;
            if (first >= items_.size()) break;
            const std::size_t end = std::min(first + kChildren, items_.size());
            std::size_t least = first;
            for (std::size_t child = first + 1; child < end; ++child)
                if (order.before(items_[child], items_[least])) least = child;
            if (!order.before(items_[least], item)) break;
            put(slot, items_[least], order);
            slot = least;
        }
        put(slot, item, order);
    }

    void giveBackMemory() {
        if (items_.capacity() <= kSmall || items_.size() > items_.capacity() / 4) return;
        std::vector<Item> smaller;
        smaller.reserve(items_.capacity() / 2);
        smaller.assign(items_.begin(), items_.end());
        items_ = std::move(smaller);
    }

    std::vector<Item> items_;
};

/// Base of what a DueQueue holds: it knows its place in there. In one queue at a time; it must stay
/// where it is, and be removed before it is destroyed.
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

/// `Queued` items in the order of their keys, the smallest first. Costs as DueHeap. One thread.
template <typename Item, typename Key>
class DueQueue {
public:
    /// Puts `item` in, or moves it when it is in.
    void set(Item& item, Key key) {
        if (item.queued()) {
            heap_.replaceAt(slotOf(item), {key, &item}, Order{});
        } else {
            heap_.push({key, &item}, Order{});
        }
    }

    /// Takes `item` out; it may be in no queue, but not in another.
    void remove(Item& item) {
        if (!item.queued()) return;
        heap_.removeAt(slotOf(item), Order{});
        static_cast<Queued&>(item).slot_ = Queued::kNowhere;
    }

    /// The smallest key; nothing when none is in.
    std::optional<Key> next() const {
        return heap_.empty() ? std::nullopt : std::optional(heap_.first().key);
    }

    /// Takes the first out whose key is at most `now`, or returns null.
    Item* popDue(const Key& now) {
        if (heap_.empty() || now < heap_.first().key) return nullptr;
        Item* const item = heap_.first().item;
        remove(*item);
        return item;
    }

private:
    struct Entry {
        Key key;
        Item* item;
    };
    struct Order {
        bool before(const Entry& a, const Entry& b) const { return a.key < b.key; }
        void placed(const Entry& entry, std::size_t slot) {
            static_cast<Queued&>(*entry.item).slot_ = slot;
        }
    };

    static std::size_t slotOf(const Queued& item) { return item.slot_; }

    DueHeap<Entry> heap_;
};

}  // namespace waybill
