#include "support/varied_log.h"

#include <algorithm>
#include <chrono>

#include "support/batch_builder.h"
#include "waybill/sqlite/log.h"

namespace waybill::test {

namespace {

constexpr const char* kVariedSalt = "salt";

DeliveryAccepted accepted(int number) {
    DeliveryAccepted event = acceptedEvent("{}", epoch() + std::chrono::seconds(number));
    event.endpoint = VariedLog::endpointOf(number);
    event.client = "client " + std::to_string(number % 3);
    event.subject = number % 7 == 0 ? "" : "order " + std::to_string(number * 7919 % 100003);
    event.url_digest = saltedSha256(kVariedSalt, VariedLog::urlOf(number));
    return event;
}

}  // namespace

VariedLog::VariedLog(const std::string& directory)
    : log_(sqlite::openLog({.directory = directory})) {}

void VariedLog::deliver(int from, int to) {
    constexpr int kBatch = 500;
    for (int begin = from; begin < to; begin += kBatch) {
        BatchBuilder batch(*log_);
        for (int number = begin; number < std::min(begin + kBatch, to); ++number)
            add(batch, number);
        batch.commit();
    }
}

StreamId VariedLog::idOf(int number) {
    std::string digits = std::to_string(number);
    return "dlv_" + std::string(8 - digits.size(), '0') + digits;
}

std::string VariedLog::urlOf(int number) {
    return endpointOf(number) + "/hooks/" + std::to_string(number % 97);
}

std::string VariedLog::endpointOf(int number) {
    return "https://e" + std::to_string(number % 5) + ".example:443";
}

void VariedLog::add(BatchBuilder& batch, int number) {
    const StreamId id = idOf(number);
    batch.add(id, accepted(number),
              {.payload = makeBytes("{}"),
               .destination = Destination{urlOf(number), {}},
               .salt = kVariedSalt});
    AttemptFailed answered = failedEvent(1, std::nullopt);
    answered.reason = FailureReason::kHttpStatus;
    answered.exchange.http_status = number % 2 == 0 ? 500 : 404;
    switch (number % 11) {
        case 0:
            return;  // waits for its first attempt
        case 1:
            batch.start(id);
            return;
        case 2:
            batch.start(id).fail(id, 1, epoch() + std::chrono::hours(number % 50));
            return;
        case 3:
            batch.start(id).add(id, answered);
            return;
        case 4:
            batch.add(id, DeliveryCancelled{});
            return;
        default:
            batch.start(id).succeed(id);
    }
}

}  // namespace waybill::test
