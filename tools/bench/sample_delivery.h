// Deliveries as the engine records them, without an engine.
#pragma once

#include <cstddef>
#include <string>

#include "waybill/event_log.h"

namespace waybill::bench {

/// Puts events with their attachments into batches: a payload of the measure's size, a URL, no
/// token, a 200 with a short body. One thread.
class SampleDelivery {
public:
    explicit SampleDelivery(std::size_t payload_bytes);

    static StreamId newId();
    void accept(Batch& batch, const StreamId& id) const;
    void start(Batch& batch, const StreamId& id) const;
    void succeed(Batch& batch, const StreamId& id) const;
    /// Leaves it pending for a year.
    void fail(Batch& batch, const StreamId& id) const;

private:
    RecordedEvent& add(Batch& batch, const StreamId& id, std::uint64_t position,
                       std::string actor) const;

    Bytes payload_;
    Digest payload_digest_;
};

/// Appends deliveries until the log has `events` events, the first `pending` of them waiting for a
/// retry, the others delivered.
void fillLog(EventLog& log, std::uint64_t events, std::uint64_t pending, std::size_t payload_bytes);

}  // namespace waybill::bench
