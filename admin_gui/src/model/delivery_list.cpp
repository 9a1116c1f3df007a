#include "model/delivery_list.h"

#include <algorithm>

namespace waybill::gui {

std::size_t DeliveryList::pageOf(std::size_t row) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
    return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

const DeliveryView* DeliveryList::at(std::size_t row) const {
    if (row >= size()) return nullptr;
    const std::size_t page = pageOf(row);
    return pages_[page] ? &pages_[page]->rows[row - starts_[page]] : nullptr;
}

std::ptrdiff_t DeliveryList::find(const StreamId& id) const {
    for (std::size_t page = 0; page < pages_.size(); ++page) {
        if (!pages_[page]) continue;
        const auto& rows = pages_[page]->rows;
        const auto found = std::find_if(rows.begin(), rows.end(),
                                        [&](const DeliveryView& row) { return row.id == id; });
        if (found != rows.end()) {
            return static_cast<std::ptrdiff_t>(starts_[page]) + (found - rows.begin());
        }
    }
    return -1;
}

void DeliveryList::append(PagePtr page) {
    const std::size_t start = size();
    starts_.push_back(start);
    counts_.push_back(page->rows.size());
    cursors_.push_back(page->cursor);
    next_ = page->next;
    complete_ = next_.empty();
    pages_.push_back(std::move(page));
}

void DeliveryList::replace(std::size_t index, PagePtr page) {
    const bool same_shape =
        page->rows.size() == counts_[index] &&
        (index + 1 < pages_.size() ? page->next == cursors_[index + 1] : page->next == next_);
    if (same_shape) {
        pages_[index] = std::move(page);
        return;
    }
    pages_.resize(index);
    cursors_.resize(index);
    starts_.resize(index);
    counts_.resize(index);
    append(std::move(page));
}

void DeliveryList::forgetFarFrom(std::size_t row, std::size_t distance) {
    if (pages_.empty()) return;
    const std::size_t here = pageOf(std::min(row, size() - (size() != 0 ? 1 : 0)));
    for (std::size_t page = 0; page < pages_.size(); ++page) {
        const std::size_t away = page > here ? page - here : here - page;
        if (away > distance) pages_[page] = nullptr;
    }
}

}  // namespace waybill::gui
