// The part of a listing that was fetched: pages in order, some of them given back.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "waybill/views.h"

namespace waybill::gui {

struct DeliveryPage {
    std::string cursor{};  ///< where it begins; empty: the first
    std::string next{};    ///< where the next one begins; empty: the last
    std::vector<DeliveryView> rows{};
};

/// Rows 0 to `size()` of a listing of any length. A value: copies share their pages. Pages far from
/// what is looked at can be given back (`forgetFarFrom`) and are then fetched again by their
/// cursor, so that a listing of millions costs what a few dozen pages cost.
class DeliveryList {
public:
    using PagePtr = std::shared_ptr<const DeliveryPage>;

    std::size_t size() const { return starts_.empty() ? 0 : starts_.back() + counts_.back(); }
    bool complete() const { return complete_; }

    /// Null while the row's page is not here.
    const DeliveryView* at(std::size_t row) const;

    /// The row of a delivery among those that are here; -1 when it is not.
    std::ptrdiff_t find(const StreamId& id) const;

    std::size_t pageCount() const { return pages_.size(); }
    std::size_t pageOf(std::size_t row) const;
    bool hasPage(std::size_t page) const { return pages_[page] != nullptr; }
    const std::string& cursorOf(std::size_t page) const { return cursors_[page]; }
    const std::string& nextCursor() const { return next_; }

    void append(PagePtr page);

    /// Puts a page fetched anew in the place of an old one. Where the pages behind it no longer
    /// follow, they are dropped (and fetched when they are looked at).
    void replace(std::size_t index, PagePtr page);

    /// Gives back pages further than `distance` pages from `row`.
    void forgetFarFrom(std::size_t row, std::size_t distance);

private:
    std::vector<PagePtr> pages_;
    std::vector<std::string> cursors_;
    std::vector<std::size_t> starts_;
    std::vector<std::size_t> counts_;
    std::string next_;
    bool complete_ = false;
};

}  // namespace waybill::gui
