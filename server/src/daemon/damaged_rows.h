// Rows of derived tables that were not believed: counted, and named in the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "logging/log_writer.h"
#include "waybill/ids.h"

namespace waybill::server {

/// Any thread. A row is named once, as long as there are not very many.
class DamagedRows {
public:
    explicit DamagedRows(LogWriter& log) : log_(log) {}

    void met(std::string_view table, const StreamId& stream);
    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

private:
    LogWriter& log_;
    std::atomic<std::uint64_t> count_{0};
    std::mutex mutex_;
    std::set<std::string> named_;
};

}  // namespace waybill::server
