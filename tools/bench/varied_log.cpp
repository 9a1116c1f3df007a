#include "bench/varied_log.h"

#include <algorithm>

#include "bench/payload.h"
#include "waybill/entropy.h"

namespace waybill::bench {

namespace {

constexpr std::uint64_t kVariedBatch = 2000;  // deliveries
constexpr std::size_t kPayloadBytes = 64;
constexpr const char* kVariedSalt = "0123456789abcdef";
constexpr Duration kDay = std::chrono::hours(24);

class Filler {
public:
    explicit Filler(Batch& batch) : batch_(batch) {}

    void add(const StreamId& id, std::uint64_t number, Timestamp at) {
        accept(id, number, at);
        next(id, at, AttemptStarted{1, 1, AttemptCause::kFirst});
        if (VariedDelivery::fails(number) || VariedDelivery::waits(number)) {
            next(id, at + std::chrono::milliseconds(9), failure(number, at));
        } else {
            AttemptSucceeded event{1, {}};
            event.exchange.http_status = 200;
            event.exchange.timings.total = std::chrono::microseconds(1000 + number * 37 % 9000);
            next(id, at + std::chrono::milliseconds(9), event);
        }
    }

private:
    void accept(const StreamId& id, std::uint64_t number, Timestamp at) {
        DeliveryAccepted event;
        event.endpoint = VariedDelivery::endpoint(number);
        event.url_digest = Digest{};
        event.payload_bytes = payload_->size();
        event.content_type = "application/json";
        event.client = VariedDelivery::client(number);
        event.subject = VariedDelivery::subject(number);
        event.policy = RetryPolicy{};
        event.due_at = at;
        position_ = 0;
        next(id, at, event);
        Attachments& attachments = batch_.back().attachments;
        attachments.payload = payload_;
        attachments.destination = Destination{VariedDelivery::url(number), {}};
        attachments.salt = kVariedSalt;
    }

    static AttemptFailed failure(std::uint64_t number, Timestamp at) {
        AttemptFailed event;
        event.attempt = 1;
        const bool answered = number % 3 != 0;
        event.reason = answered ? FailureReason::kHttpStatus : FailureReason::kConnect;
        if (answered) event.exchange.http_status = 503;
        event.exchange.timings.total = std::chrono::milliseconds(9);
        if (VariedDelivery::waits(number)) {
            event.retry_at = at + std::chrono::days(365);
        } else {
            event.round_end = RoundEnd::kAttemptsUsed;
        }
        return event;
    }

    void next(const StreamId& id, Timestamp at, Event event) {
        RecordedEvent& recorded = batch_.emplace_back().recorded;
        recorded.stream = id;
        recorded.position = ++position_;
        recorded.recorded_at = at;
        recorded.actor = kEngineActor;
        recorded.event = std::move(event);
    }

    Batch& batch_;
    std::uint64_t position_ = 0;
    const Bytes payload_ = makeBytes(makePayload(kPayloadBytes, {}));
};

}  // namespace

std::string VariedDelivery::endpoint(std::uint64_t number) {
    return "https://e" + std::to_string(number % kEndpoints) + ".example.com:443";
}

std::string VariedDelivery::url(std::uint64_t number) {
    return endpoint(number) + "/callbacks/" + std::to_string(number % 1'000'003);
}

std::string VariedDelivery::client(std::uint64_t number) {
    return "client-" + std::to_string(number * 7 % kClients);
}

/// Not in the order of time, which would be easier to search.
std::string VariedDelivery::subject(std::uint64_t number) {
    return "order-" + std::to_string(number * 2'654'435'761 % 4'294'967'296);
}

StreamId fillVariedLog(EventLog& log, std::uint64_t deliveries, Timestamp now) {
    LogHead head = log.head();
    StreamId middle;
    const double step = static_cast<double>(kDay.count()) / static_cast<double>(deliveries);
    for (std::uint64_t number = 0; number < deliveries;) {
        Batch batch;
        Filler filler(batch);
        const std::uint64_t end = std::min(number + kVariedBatch, deliveries);
        for (; number < end; ++number) {
            const auto passed = static_cast<std::int64_t>(step * static_cast<double>(number));
            const Timestamp at = now - kDay + Duration(passed);
            const StreamId id = newStreamId(kDeliveryPrefix, at, systemEntropy());
            if (number == deliveries / 2) middle = id;
            filler.add(id, number, at);
        }
        head = log.append(batch, head);
        log.maintain(true);
    }
    return middle;
}

}  // namespace waybill::bench
