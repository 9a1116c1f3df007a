// Logs that break a promise on purpose.
#pragma once

#include <memory>
#include <utility>

#include "simulation/forwarding_log.h"
#include "simulation/simulation.h"

namespace waybill::test {

/// A start does not see what was on the wire, so nobody will ever say what became of it.
class ForgetsOpenAttempts : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit) const override {
        log().visitOpenDeliveries(after, limit, [&](Delivery delivery) {
            if (!delivery.attempt_open) visit(std::move(delivery));
        });
    }
};

class ForgetsCounts : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit) const override {
        log().visitOpenDeliveries(after, limit, [&](Delivery delivery) {
            delivery.counted_in_round = 0;
            visit(std::move(delivery));
        });
    }
};

class ForgetsDueTimes : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit) const override {
        log().visitOpenDeliveries(after, limit, [&](Delivery delivery) {
            if (delivery.next_attempt_at) delivery.next_attempt_at = delivery.updated_at;
            visit(std::move(delivery));
        });
    }
};

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
            return std::make_unique<ForgetsOpenAttempts>(std::move(log));
        case Breakage::kCountsAreForgotten:
            return std::make_unique<ForgetsCounts>(std::move(log));
        case Breakage::kDueTimesAreForgotten:
            return std::make_unique<ForgetsDueTimes>(std::move(log));
        case Breakage::kIdempotencyKeysAreForgotten:
            return std::make_unique<ForgetsIdempotencyKeys>(std::move(log));
        default:
            return log;
    }
}

}  // namespace waybill::test
