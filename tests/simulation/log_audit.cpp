#include "simulation/log_audit.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "waybill/sqlite/verify.h"

namespace waybill::test {

LogAudit::LogAudit(const EventLog& log, const std::string& file)
    : log_(log), file_(file), events_(log.readAll(0, std::numeric_limits<std::size_t>::max())) {
    for (const RecordedEvent& event : events_) {
        if (!event.stream.starts_with(kDeliveryPrefix)) continue;
        History& history = deliveries_[event.stream];
        history.events.push_back(&event);
        if (const auto* started = std::get_if<AttemptStarted>(&event.event))
            history.started.insert(started->attempt);
    }
}

std::vector<Digest> LogAudit::hashes() const {
    std::vector<Digest> hashes;
    for (const RecordedEvent& event : events_)
        hashes.push_back(event.hash);
    return hashes;
}

std::vector<std::string> LogAudit::unsound(const std::vector<Digest>& seen) const {
    std::vector<std::string> wrong;
    for (const sqlite::Finding& finding : sqlite::verify({.file = file_}).findings)
        wrong.push_back("event " + std::to_string(finding.global_position) + ": " + finding.rule);
    const std::vector<Digest> hashes = this->hashes();
    if (hashes.size() < seen.size()) {
        wrong.push_back(std::to_string(seen.size() - hashes.size()) +
                        " events are gone that were shown to somebody");
    } else if (!std::equal(seen.begin(), seen.end(), hashes.begin())) {
        wrong.emplace_back("an event is another than was shown to somebody");
    }
    return wrong;
}

std::vector<std::string> LogAudit::missing(const std::vector<StreamId>& acknowledged,
                                           const std::vector<Received>& received) const {
    std::vector<std::string> wrong;
    for (const StreamId& id : acknowledged) {
        if (deliveries_.count(id) == 0) wrong.push_back(id + " was acknowledged and is lost");
    }
    std::set<std::pair<StreamId, std::uint32_t>> before;
    for (const Received& request : received) {
        const std::string name =
            "attempt " + std::to_string(request.attempt) + " of " + request.webhook_id;
        const auto history = deliveries_.find(request.webhook_id);
        if (history == deliveries_.end() || history->second.started.count(request.attempt) == 0)
            wrong.push_back(name + " was sent and is not on record");
        if (!before.emplace(request.webhook_id, request.attempt).second)
            wrong.push_back(name + " was sent twice");
    }
    return wrong;
}

std::vector<std::string> LogAudit::altered(const std::vector<Received>& received) const {
    std::vector<std::string> wrong;
    for (const Received& request : received) {
        const auto delivery = log_.findDelivery(request.webhook_id);
        if (delivery && sha256(request.body) != delivery->payload_digest)
            wrong.push_back("what arrived of " + request.webhook_id + " is not what was accepted");
    }
    return wrong;
}

std::vector<std::string> LogAudit::unfinished(const std::vector<Received>& received) const {
    std::vector<std::string> wrong;
    std::set<std::pair<StreamId, std::uint32_t>> accepted;
    for (const Received& request : received) {
        if (request.accepted) accepted.emplace(request.webhook_id, request.attempt);
    }
    std::map<Digest, StreamId> by_key;
    for (const auto& [id, history] : deliveries_) {
        const auto delivery = log_.findDelivery(id);
        if (!delivery || !delivery->finished() || delivery->live())
            wrong.push_back(id + " is not finished");
        if (delivery && delivery->status == DeliveryStatus::kDelivered &&
            accepted.count({id, delivery->last_attempt.attempt}) == 0)
            wrong.push_back(id + " is said to be delivered, but was not");
        const auto* first = std::get_if<DeliveryAccepted>(&history.events.front()->event);
        if (first && first->idempotency && !by_key.emplace(first->idempotency->key, id).second)
            wrong.push_back(id + " is the second of one idempotency key");
    }
    return wrong;
}

namespace {

/// When the event makes an attempt due; nothing: it does not.
std::optional<Timestamp> dueAfter(const Event& event) {
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event)) return accepted->due_at;
    if (const auto* failed = std::get_if<AttemptFailed>(&event)) return failed->retry_at;
    if (const auto* abandoned = std::get_if<AttemptAbandoned>(&event)) return abandoned->retry_at;
    if (const auto* asked = std::get_if<RedeliveryRequested>(&event)) return asked->due_at;
    return std::nullopt;
}

}  // namespace

std::vector<std::string> LogAudit::early() const {
    std::vector<std::string> wrong;
    for (const auto& [id, history] : deliveries_) {
        std::optional<Timestamp> due;
        for (const RecordedEvent* const event : history.events) {
            const bool started = std::holds_alternative<AttemptStarted>(event->event);
            if (started && (!due || event->recorded_at < *due))
                wrong.push_back(id + " was attempted before it was due");
            due = dueAfter(event->event);
        }
    }
    return wrong;
}

}  // namespace waybill::test
