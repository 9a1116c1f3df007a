#include "metrics/engine_metrics.h"

namespace waybill::server {
namespace {

/// One overload for each event that is counted; the others are passed over.
class Count {
public:
    explicit Count(EngineMetrics& metrics) : metrics_(metrics) {}

    void operator()(const DeliveryAccepted&) { metrics_.accepted.add(); }
    void operator()(const RedeliveryRequested&) { metrics_.redeliveries.add(); }
    void operator()(const DeliveryCancelled&) { metrics_.cancelled.add(); }
    void operator()(const CallbackIgnored&) { metrics_.callbacks_ignored.add(); }
    void operator()(const AttemptStarted&) { metrics_.attempts_started.add(); }
    void operator()(const AttemptSucceeded& event) {
        metrics_.attempts_succeeded.add();
        metrics_.delivered.add();
        observe(event.exchange);
    }
    void operator()(const AttemptFailed& event) {
        metrics_.attempts_failed[static_cast<std::size_t>(event.reason)].add();
        endRound(event.round_end);
        observe(event.exchange);
    }
    void operator()(const AttemptAbandoned& event) {
        metrics_.attempts_abandoned.add();
        endRound(event.round_end);
    }
    template <typename Other>
    void operator()(const Other&) {}

private:
    void endRound(const std::optional<RoundEnd>& end) {
        // One that was cancelled has been counted when it was.
        if (end && *end != RoundEnd::kCancelled) metrics_.failed.add();
    }
    void observe(const ExchangeSummary& exchange) {
        metrics_.attempt_duration.observe(exchange.timings.total);
        if (exchange.timings.first_byte) metrics_.first_byte.observe(*exchange.timings.first_byte);
    }

    EngineMetrics& metrics_;
};

}  // namespace

void EngineMetrics::recorded(const RecordedEvent& event) {
    std::visit(Count(*this), event.event);
}

void EngineMetrics::committed(std::size_t count, Duration took) {
    events.add(count);
    commit_duration.observe(took);
}

}  // namespace waybill::server
