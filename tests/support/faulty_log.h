// A log that fails where it is told to.
#pragma once

#include <cstdint>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <utility>

#include "support/forwarding_log.h"
#include "waybill/errors.h"

namespace waybill::test {

/// What a call throws.
enum class Thrown {
    kUnavailable,  ///< StoreUnavailable
    kCorrupt,      ///< CorruptLog, about the stream that was asked for
    kDamaged,      ///< DamagedBytes
    kNoMemory,     ///< std::bad_alloc
    kForeign       ///< something that is no std::exception
};

inline const char* nameOf(Thrown thrown) {
    switch (thrown) {
        case Thrown::kUnavailable:
            return "StoreUnavailable";
        case Thrown::kCorrupt:
            return "CorruptLog";
        case Thrown::kDamaged:
            return "DamagedBytes";
        case Thrown::kNoMemory:
            return "std::bad_alloc";
        case Thrown::kForeign:
            return "an int";
    }
    return "";
}

/// Passes everything on, except for faults that were asked for. A fault comes before the call has
/// done anything. Any thread may set faults.
class FaultyLog : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;

    /// The `nth` call from now on (1: the next) of those that may throw this throws it, once.
    /// CorruptLog comes from reads of one stream, DamagedBytes from reads of bytes beside the log,
    /// everything else from every call.
    void failCall(std::uint64_t nth, Thrown thrown) { fail(nth, thrown, false); }
    /// The same, of reads of one stream and of bytes beside the log alone: what commands read.
    void failRead(std::uint64_t nth, Thrown thrown) { fail(nth, thrown, true); }
    /// No call fails any more by `failCall`.
    void calm() { failCall(0, Thrown::kUnavailable); }
    /// Whether it has come to that call.
    bool hasFailed() const {
        const std::lock_guard lock(mutex_);
        return failed_;
    }
    /// Which stream it threw CorruptLog about; empty: none.
    StreamId misreadStream() const {
        const std::lock_guard lock(mutex_);
        return misread_;
    }

    /// From now on every read of this stream throws CorruptLog.
    void corrupt(const StreamId& stream) {
        const std::lock_guard lock(mutex_);
        corrupt_.insert(stream);
    }
    /// From now on the bytes beside the event with this global position are damaged.
    void damage(std::uint64_t global_position) {
        const std::lock_guard lock(mutex_);
        damaged_.insert(global_position);
    }

    LogHead head() const override {
        maybeFail(Call::kOther);
        return ForwardingLog::head();
    }
    LogHead append(Batch& batch, const LogHead& expected_head) override {
        maybeFail(Call::kOther);
        return ForwardingLog::append(batch, expected_head);
    }
    void reopen() override {
        maybeFail(Call::kOther);
        ForwardingLog::reopen();
    }
    void maintain(bool busy) override {
        maybeFail(Call::kOther);
        ForwardingLog::maintain(busy);
    }
    std::vector<RecordedEvent> readStream(const StreamId& stream) const override {
        maybeFail(Call::kStream, stream);
        return ForwardingLog::readStream(stream);
    }
    void visitOpenDeliveries(
        std::uint64_t after, std::size_t limit, const std::function<void(Delivery)>& visit,
        const std::function<void(const CorruptLog&)>& unreadable) const override {
        maybeFail(Call::kOther);
        const auto visitIfReadable = [&](Delivery delivery) {
            if (isCorrupt(delivery.id)) return unreadable(contradiction(delivery.id));
            visit(std::move(delivery));
        };
        ForwardingLog::visitOpenDeliveries(after, limit, visitIfReadable, unreadable);
    }
    std::size_t openDeliveryCount() const override {
        maybeFail(Call::kOther);
        return ForwardingLog::openDeliveryCount();
    }
    std::optional<Delivery> findDelivery(const StreamId& delivery) const override {
        maybeFail(Call::kStream, delivery);
        return ForwardingLog::findDelivery(delivery);
    }
    std::optional<Delivery> findDeliveryAcceptedAt(std::uint64_t global_position) const override {
        auto found = ForwardingLog::findDeliveryAcceptedAt(global_position);
        maybeFail(Call::kStream, found ? found->id : StreamId());
        return found;
    }
    std::vector<EndpointState> pausedEndpoints() const override {
        maybeFail(Call::kOther);
        return ForwardingLog::pausedEndpoints();
    }
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) const override {
        maybeFail(Call::kOther);
        return ForwardingLog::findByIdempotencyKey(key);
    }
    Bytes readPayload(std::uint64_t global_position) const override {
        maybeFail(Call::kBytes, {}, global_position);
        return ForwardingLog::readPayload(global_position);
    }
    std::optional<Destination> readDestination(std::uint64_t global_position) const override {
        maybeFail(Call::kBytes, {}, global_position);
        return ForwardingLog::readDestination(global_position);
    }
    Bytes readPayloadOf(const Delivery& delivery) const override {
        maybeFail(Call::kBytes, delivery.id, payloadPositionOf(delivery));
        return ForwardingLog::readPayloadOf(delivery);
    }

private:
    enum class Call { kStream, kBytes, kOther };

    void fail(std::uint64_t nth, Thrown thrown, bool only_reads) {
        const std::lock_guard lock(mutex_);
        thrown_ = thrown;
        only_reads_ = only_reads;
        fails_in_ = nth;
        failed_ = false;
        misread_.clear();
    }

    std::uint64_t payloadPositionOf(const Delivery& delivery) const {
        if (delivery.payload_stream.empty()) return delivery.accepted_position;
        std::uint64_t position = 0;
        for (const RecordedEvent& event : ForwardingLog::readStream(delivery.payload_stream)) {
            if (std::holds_alternative<ResponseCompleted>(event.event))
                position = event.global_position;
        }
        return position;
    }

    static CorruptLog contradiction(const StreamId& stream) {
        return {stream, 1, "an event cannot follow, as told"};
    }
    bool isCorrupt(const StreamId& stream) const {
        const std::lock_guard lock(mutex_);
        return corrupt_.count(stream) > 0;
    }

    bool may(Call call) const {
        if (thrown_ == Thrown::kCorrupt) return call == Call::kStream;
        if (thrown_ == Thrown::kDamaged) return call == Call::kBytes;
        return call != Call::kOther || !only_reads_;
    }

    void maybeFail(Call call, const StreamId& stream = {}, std::uint64_t position = 0) const {
        const std::lock_guard lock(mutex_);
        if (call == Call::kStream && corrupt_.count(stream) > 0) throw contradiction(stream);
        if (call == Call::kBytes && damaged_.count(position) > 0)
            throw DamagedBytes("the bytes are not those that their event names, as told");
        if (fails_in_ == 0 || !may(call) || --fails_in_ > 0) return;
        failed_ = true;
        if (thrown_ == Thrown::kCorrupt) misread_ = stream;
        switch (thrown_) {
            case Thrown::kUnavailable:
                throw StoreUnavailable("told to fail");
            case Thrown::kCorrupt:
                throw contradiction(stream);
            case Thrown::kDamaged:
                throw DamagedBytes("told to fail");
            case Thrown::kNoMemory:
                throw std::bad_alloc();
            case Thrown::kForeign:
                throw 7;
        }
    }

    mutable std::mutex mutex_;
    mutable std::uint64_t fails_in_ = 0;
    mutable bool failed_ = false;
    mutable StreamId misread_;
    Thrown thrown_ = Thrown::kUnavailable;
    bool only_reads_ = false;
    std::set<StreamId> corrupt_;
    std::set<std::uint64_t> damaged_;
};

}  // namespace waybill::test
