#include "daemon/local_faults.h"

namespace waybill::server {
namespace {

// Such an attempt is made again after a second: silence for longer means that it worked.
constexpr Duration kRemembered = std::chrono::seconds(10);

}  // namespace

void LocalFaults::recorded(const RecordedEvent& event) {
    const auto* const failed = std::get_if<AttemptFailed>(&event.event);
    if (failed == nullptr || failed->reason != FailureReason::kLocalFault) return;
    const std::lock_guard lock(mutex_);
    newest_at_ = event.recorded_at;
    detail_ = failed->detail;
}

std::string LocalFaults::problem(Timestamp now) const {
    const std::lock_guard lock(mutex_);
    if (detail_.empty() || now - newest_at_ > kRemembered) return "";
    return "attempts fail because this machine ran out of something: " + detail_;
}

}  // namespace waybill::server
