// Is this machine itself the reason that attempts fail?
#pragma once

#include <mutex>
#include <string>

#include "waybill/event.h"

namespace waybill::server {

/// Remembers the newest attempt that failed for want of something here: descriptors, ports, memory.
/// Any thread; cheap for all other events.
class LocalFaults {
public:
    void recorded(const RecordedEvent& event);

    /// What was missing, when that was less than ten seconds ago; else empty.
    std::string problem(Timestamp now) const;

private:
    mutable std::mutex mutex_;
    Timestamp newest_at_{};
    std::string detail_;
};

}  // namespace waybill::server
