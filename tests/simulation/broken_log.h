// Logs that break a promise on purpose.
#pragma once

#include <memory>
#include <utility>

#include "simulation/simulation.h"
#include "support/forwarding_log.h"

namespace waybill::test {

/// A start is told something else about what is open than the log holds.
class MisreadsWhatIsOpen : public ForwardingLog {
public:
    /// Changes a delivery before it is told; false: it is not.
    using Misreading = bool (*)(Delivery&);

    MisreadsWhatIsOpen(std::unique_ptr<EventLog> log, Misreading misread)
        : ForwardingLog(std::move(log)), misread_(misread) {}

    void visitOpenDeliveries(
        std::uint64_t after, std::size_t limit, const std::function<void(Delivery)>& visit,
        const std::function<void(const CorruptLog&)>& unreadable) const override {
        const auto misread = [&](Delivery delivery) {
            if (misread_(delivery)) visit(std::move(delivery));
        };
        log().visitOpenDeliveries(after, limit, misread, unreadable);
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

/// What is known of an attempt does not reach the log.
class CallsOutcomesUnknown : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    LogHead append(Batch& batch, const LogHead& expected_head) override {
        for (NewEvent& line : batch) {
            Event& event = line.recorded.event;
            if (const auto* failed = std::get_if<AttemptFailed>(&event); failed && failed->counts) {
                event = AttemptAbandoned{failed->attempt, failed->retry_at, failed->round_end};
                line.attachments = {};
            }
        }
        return ForwardingLog::append(batch, expected_head);
    }
};

/// The last byte of a payload is another one.
class ReadsOtherBytes : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    Bytes readPayloadOf(const Delivery& delivery) const override {
        const Bytes stored = ForwardingLog::readPayloadOf(delivery);
        if (!stored || stored->empty()) return stored;
        std::string other = *stored;
        other.back() = static_cast<char>(other.back() ^ 1);
        return makeBytes(std::move(other));
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
        case Breakage::kOutcomesAreCalledUnknown:
            return std::make_unique<CallsOutcomesUnknown>(std::move(log));
        case Breakage::kOtherBytesAreRead:
            return std::make_unique<ReadsOtherBytes>(std::move(log));
        default:
            return log;
    }
}

}  // namespace waybill::test
