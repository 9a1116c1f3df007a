// What is derived from a log, made anew.
#pragma once

#include <cstdint>
#include <string>

namespace waybill::sqlite {

struct RebuildReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
};

/// Drops the derived tables and the index of a log and makes them again from its events; events and
/// bytes beside the log stay as they are. Takes the writer's lock meanwhile. An interrupted one
/// leaves the log as it was. Some ten microseconds an event. Throws StoreUnavailable (held by
/// another process, unreadable, disk full), ConfigError (no Waybill log, or a newer one) or
/// CorruptLog, naming the first event that cannot be.
RebuildReport rebuild(const std::string& file);

}  // namespace waybill::sqlite
