// The bytes beside the log against the digests that events name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "database.h"
#include "findings.h"
#include "waybill/event.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// A payload must be there until the events say that it was erased. Whatever else lies beside the
/// log may be gone, but must be right if it is there.
class AttachmentCheck {
public:
    AttachmentCheck(Database& database, Findings& findings);

    /// Salted digests: of the URL, of head and body of an answer.
    void checkEvent(const RecordedEvent& event);

    /// The payload of a delivery or response, once its stream is folded.
    void checkPayload(const StreamState& state);

    /// Payloads that no event names.
    void checkLeftOvers();

    std::uint64_t payloads() const { return payloads_; }

    /// Of what was found so far and held against a digest.
    std::uint64_t bytes() const { return bytes_; }

private:
    void checkUrl(const RecordedEvent& event, const Digest& digest);
    void checkExchange(const RecordedEvent& event, const ExchangeSummary& exchange);
    void checkPayload(const StreamId& stream, std::uint64_t global_position, const Digest& digest,
                      std::uint64_t bytes, bool erased);

    Database& database_;
    Findings& findings_;
    Statement find_payload_;
    Statement find_destination_;
    Statement find_exchange_;
    std::uint64_t payloads_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace waybill::sqlite
