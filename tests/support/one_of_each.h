// A log with one row in each derived table.
#pragma once

#include "support/batch_builder.h"
#include "support/stream_names.h"

namespace waybill::test {

/// One of everything that a derived table can hold.
inline void appendOneOfEach(EventLog& log) {
    DeliveryAccepted with_key = acceptedEvent("{}");
    with_key.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
    BatchBuilder(log)
        .accept(kOne)
        .start(kOne)
        .fail(kOne, 1, epoch() + std::chrono::seconds(5))
        .accept(kTwo)
        .start(kTwo)
        .succeed(kTwo)
        .accept(kThree, with_key, "{}")
        .add(kResponse, createdEvent(true))
        .add(kEndpoint, EndpointPaused{"broken"})
        .add(kBulk, BulkRedeliveryRequested{.filter = "{}"})
        .commit();
}

}  // namespace waybill::test
