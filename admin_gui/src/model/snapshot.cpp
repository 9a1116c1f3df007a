#include "model/snapshot.h"

namespace waybill::gui {

std::uint64_t matching(const StatusCounts& counts, const std::string& status) {
    std::uint64_t all = 0;
    for (const auto& [each, count] : counts) {
        if (status.empty() || status == each) all += count;
    }
    return all;
}

}  // namespace waybill::gui
