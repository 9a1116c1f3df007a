// What is derived from a log, made anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::sqlite {

struct RebuildReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    /// Streams with an event that cannot be: they have no derived row, and nothing is done with
    /// them. A sentence each, with the stream, the position and why.
    std::vector<std::string> left_out{};
};

/// Drops the derived tables and the index of a log and makes them again from its events; events and
/// bytes beside the log stay as they are. Takes the writer's lock meanwhile. An interrupted one
/// leaves the log as it was. Some ten microseconds an event. Throws StoreUnavailable (held by
/// another process, unreadable, disk full) or ConfigError (no Waybill log, or a newer one; a
/// directory that is not this user's, where it would leave files that are closed to its owner).
RebuildReport rebuild(const std::string& file);

}  // namespace waybill::sqlite
