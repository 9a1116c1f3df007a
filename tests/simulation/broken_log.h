// Logs that break a promise on purpose.
#pragma once

#include <memory>
#include <utility>

#include "simulation/forwarding_log.h"
#include "simulation/simulation.h"

namespace waybill::test {

/// A start is told something else about what is open than the log holds.
class MisreadsWhatIsOpen : public ForwardingLog {
public:
    /// Changes a delivery before it is told; false: it is not.
    using Misreading = bool (*)(Delivery&);

    MisreadsWhatIsOpen(std::unique_ptr<EventLog> log, Misreading misread)
        : ForwardingLog(std::move(log)), misread_(misread) {}

    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit) const override {
        log().visitOpenDeliveries(after, limit, [&](Delivery delivery) {
            if (misread_(delivery)) visit(std::move(delivery));
        });
    }

private:
    Misreading misread_;
};

inline bool withoutOpenAttempts(Delivery& delivery) {
    return !delivery.attempt_open;
}

inline bool withoutCounts(Delivery& delivery) {
    delivery.counted_in_round = 0;
    return true;
}

inline bool withoutDueTimes(Delivery& delivery) {
    if (delivery.next_attempt_at) delivery.next_attempt_at = delivery.updated_at;
    return true;
}

class ForgetsIdempotencyKeys : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest&) const override {
        return std::nullopt;
    }
};

inline std::unique_ptr<EventLog> broken(std::unique_ptr<EventLog> log, Breakage breakage) {
    switch (breakage) {
        case Breakage::kOpenAttemptsAreForgotten:
            return std::make_unique<MisreadsWhatIsOpen>(std::move(log), withoutOpenAttempts);
        case Breakage::kCountsAreForgotten:
            return std::make_unique<MisreadsWhatIsOpen>(std::move(log), withoutCounts);
        case Breakage::kDueTimesAreForgotten:
            return std::make_unique<MisreadsWhatIsOpen>(std::move(log), withoutDueTimes);
        case Breakage::kIdempotencyKeysAreForgotten:
            return std::make_unique<ForgetsIdempotencyKeys>(std::move(log));
        default:
            return log;
    }
}

}  // namespace waybill::test
