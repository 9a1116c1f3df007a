// A wire without a network: what was sent waits here until a test says how it ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "waybill/transport.h"

namespace waybill::test {

inline AttemptOutcome answered(std::uint16_t status) {
    AttemptOutcome outcome;
    outcome.http_status = status;
    outcome.response_head = "HTTP/1.1 " + std::to_string(status) + " -\r\n\r\n";
    if (status < 200 || status > 299) outcome.reason = FailureReason::kHttpStatus;
    return outcome;
}

inline AttemptOutcome failed(FailureReason reason, std::string detail = "as told") {
    AttemptOutcome outcome;
    outcome.reason = reason;
    outcome.detail = std::move(detail);
    return outcome;
}

/// Any thread.
class FakeTransport : public Transport {
public:
    struct Sent {
        AttemptRequest request;
        Completion done;

        std::string header(std::string_view name) const {
            for (const auto& [key, value] : request.headers) {
                if (key == name) return value;
            }
            return {};
        }
    };

    void send(AttemptRequest request, Completion done) override {
        const std::lock_guard lock(mutex_);
        ++count_;
        if (automatic_) {
            done(*automatic_);
        } else {
            on_wire_.push_back({std::move(request), std::move(done)});
        }
    }
    TransportStats stats() const override { return {}; }

    /// Every request is answered at once in this way.
    void answerAllWith(AttemptOutcome outcome) {
        const std::lock_guard lock(mutex_);
        automatic_ = std::move(outcome);
    }

    std::size_t onWire() const {
        const std::lock_guard lock(mutex_);
        return on_wire_.size();
    }
    std::size_t sent() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }

    /// The request that has been on the wire longest.
    Sent oldest() const {
        const std::lock_guard lock(mutex_);
        return on_wire_.at(0);
    }

    /// Ends that one.
    void finishOldest(AttemptOutcome outcome) {
        Sent sent = oldest();
        {
            const std::lock_guard lock(mutex_);
            on_wire_.erase(on_wire_.begin());
        }
        sent.done(std::move(outcome));
    }

    /// As if the process had ended: no outcome of what is on the wire will come.
    void forgetAll() {
        const std::lock_guard lock(mutex_);
        on_wire_.clear();
    }

private:
    mutable std::mutex mutex_;
    std::vector<Sent> on_wire_;
    std::optional<AttemptOutcome> automatic_;
    std::size_t count_ = 0;
};

}  // namespace waybill::test
