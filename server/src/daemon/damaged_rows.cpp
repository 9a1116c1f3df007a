#include "daemon/damaged_rows.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMostNamed = 1000;

}  // namespace

void DamagedRows::met(std::string_view table, const StreamId& stream) {
    count_.fetch_add(1, std::memory_order_relaxed);
    {
        const std::lock_guard lock(mutex_);
        if (named_.size() >= kMostNamed) return;
        if (!named_.insert(std::string(table) + ' ' + stream).second) return;
    }
    log_.line(
        LogLevel::kWarn,
        "a derived row is missing or damaged, or its events cannot be read: the events count, "
        "and a stream that cannot be read is left alone; `waybill rebuild` makes all rows anew "
        "and names such streams",
        {{"table", table}, {"stream", stream}});
}

}  // namespace waybill::server
