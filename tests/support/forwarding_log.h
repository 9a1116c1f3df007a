// An EventLog that passes everything on: what a deliberate fault begins with.
#pragma once

#include <memory>
#include <utility>

#include "waybill/event_log.h"

namespace waybill::test {

class ForwardingLog : public EventLog {
public:
    explicit ForwardingLog(std::unique_ptr<EventLog> log)
        : owned_(std::move(log)), log_(owned_.get()) {}
    /// `log` must outlive it.
    explicit ForwardingLog(EventLog& log) : log_(&log) {}

    std::string logId() const override { return log_->logId(); }
    LogHead head() const override { return log_->head(); }
    LogHead append(Batch& batch, const LogHead& expected_head) override {
        return log_->append(batch, expected_head);
    }
    void reopen() override { log_->reopen(); }
    void maintain(bool busy) override { log_->maintain(busy); }
    std::vector<RecordedEvent> readStream(const StreamId& stream) const override {
        return log_->readStream(stream);
    }
    std::uint64_t streamPosition(const StreamId& stream) const override {
        return log_->streamPosition(stream);
    }
    std::vector<RecordedEvent> readAll(std::uint64_t after, std::size_t limit) const override {
        return log_->readAll(after, limit);
    }
    void visitOpenDeliveries(
        std::uint64_t after, std::size_t limit, const std::function<void(Delivery)>& visit,
        const std::function<void(const CorruptLog&)>& unreadable) const override {
        log_->visitOpenDeliveries(after, limit, visit, unreadable);
    }
    std::size_t openDeliveryCount() const override { return log_->openDeliveryCount(); }
    std::optional<Delivery> findDelivery(const StreamId& delivery) const override {
        return log_->findDelivery(delivery);
    }
    std::optional<Delivery> findDeliveryAcceptedAt(std::uint64_t global_position) const override {
        return log_->findDeliveryAcceptedAt(global_position);
    }
    std::vector<StreamId> openResponses() const override { return log_->openResponses(); }
    std::vector<EndpointState> pausedEndpoints() const override { return log_->pausedEndpoints(); }
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) const override {
        return log_->findByIdempotencyKey(key);
    }
    Bytes readPayload(std::uint64_t global_position) const override {
        return log_->readPayload(global_position);
    }
    std::optional<Destination> readDestination(std::uint64_t global_position) const override {
        return log_->readDestination(global_position);
    }
    std::optional<StoredRequest> readRequest(std::uint64_t global_position) const override {
        return log_->readRequest(global_position);
    }
    Bytes readPayloadOf(const Delivery& delivery) const override {
        return log_->readPayloadOf(delivery);
    }

protected:
    EventLog& log() const { return *log_; }

private:
    std::unique_ptr<EventLog> owned_;
    EventLog* log_;
};

}  // namespace waybill::test
