#include "model/snapshot.h"

namespace waybill::gui {

std::string countsKeyOf(DeliveryFilter filter) {
    filter.status.clear();
    return filterArguments(filter);
}

std::optional<std::uint64_t> countOf(const Snapshot& seen, const DeliveryFilter& filter) {
    if (!seen.counts || seen.counts_key != countsKeyOf(filter)) return std::nullopt;
    std::uint64_t all = 0;
    for (const auto& [status, count] : *seen.counts) {
        if (filter.status.empty() || filter.status == status) all += count;
    }
    return all;
}

Timestamp theirNow(const Snapshot& seen, Timestamp here) {
    if (!seen.info || seen.info->now.time_since_epoch().count() == 0) return here;
    const Duration ahead = seen.info->now - seen.info.read_at;
    constexpr Duration kNotWorthIt = std::chrono::seconds(2);
    return ahead > -kNotWorthIt && ahead < kNotWorthIt ? here : here + ahead;
}

}  // namespace waybill::gui
