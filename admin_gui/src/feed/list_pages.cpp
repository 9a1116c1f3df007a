#include "feed/list_pages.h"

#include <algorithm>

namespace waybill::gui {
namespace {

constexpr std::uint32_t kPageRows = 200;
constexpr std::size_t kPagesKept = 30;  ///< on each side of what is visible

DeliveryPage pageFrom(const std::string& cursor, Page<DeliveryView> page) {
    return {cursor, std::move(page.next_cursor), std::move(page.data)};
}

}  // namespace

Result<DeliveryList> refreshed(AdminApi& api, const DeliveryQuery& query, DeliveryList list,
                               std::size_t first, std::size_t last) {
    const std::size_t from = list.size() == 0 ? 0 : list.pageOf(std::min(first, list.size() - 1));
    const std::size_t until = list.size() == 0 ? 0 : list.pageOf(std::min(last, list.size() - 1));
    for (std::size_t index = from; index <= until; ++index) {
        if (index > list.pageCount() || (index == list.pageCount() && list.complete())) break;
        const std::string cursor =
            index < list.pageCount() ? list.cursorOf(index) : list.nextCursor();
        auto page = api.deliveries(query.filter, {kPageRows, cursor, query.order, query.reverse});
        if (!page.ok()) return page.refusal();
        auto shared =
            std::make_shared<const DeliveryPage>(pageFrom(cursor, std::move(page).value()));
        if (index < list.pageCount()) {
            list.replace(index, std::move(shared));
        } else {
            list.append(std::move(shared));
        }
    }
    return list;
}

Result<DeliveryList> extended(AdminApi& api, const DeliveryQuery& query, DeliveryList list,
                              std::size_t visible) {
    const std::string cursor = list.nextCursor();
    auto page = api.deliveries(query.filter, {kPageRows, cursor, query.order, query.reverse});
    if (!page.ok()) return page.refusal();
    list.append(std::make_shared<const DeliveryPage>(pageFrom(cursor, std::move(page).value())));
    list.forgetFarFrom(visible, kPagesKept);
    return list;
}

}  // namespace waybill::gui
