// The bytes beside the log, held against the digests in the events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/findings.h"
#include "log/database.h"
#include "waybill/event.h"
#include "waybill/secret_box.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// Works stream by stream: `checkEvent` for each event in order, `checkPayload` for what the stream
/// has come to.
class AttachmentCheck {
public:
    /// Sealed secrets are opened with `box`; without one they are left unchecked.
    AttachmentCheck(Database& database, Findings& findings, const SecretBox* box = nullptr);

    /// URL, sealed secrets, answer and request beside an event, where they are there.
    void checkEvent(const RecordedEvent& event);

    /// The payload of a delivery or a response; the URL of a delivery that is still to be sent;
    /// that a response which is over has no request any more.
    void checkPayload(const StreamState& state);

    /// Rows that no event accounts for. `all_sound`: every stream was read to its end without a
    /// finding, so that they can be counted. `all_known`: no event is of a later version, which may
    /// have other rows.
    void checkLeftOvers(bool all_sound, bool all_known);

    std::uint64_t payloads() const { return rows_.payloads; }
    std::uint64_t bytes() const { return bytes_; }  ///< of payloads and answers, as far as read

private:
    void begin(const StreamId& stream);
    void checkDestination(const RecordedEvent& event, const Digest* digest, const bool* has_token);
    void checkSecret(const RecordedEvent& event, const char* use, std::string_view sealed);
    void checkRequest(const RecordedEvent& event);
    void checkExchange(const RecordedEvent& event, const ExchangeSummary& exchange);
    void checkPayload(const StreamId& stream, std::uint64_t global_position, const Digest& digest,
                      std::uint64_t bytes, bool erased);
    void checkErasedAnswers(const Delivery& delivery);
    void checkStillToSend(const Delivery& delivery);
    bool nameLeftOvers(const std::string& table, const std::string& of_others);
    void report(const RecordedEvent& event, const char* rule);

    Database& database_;
    Findings& findings_;
    const SecretBox* box_;
    std::string log_id_;  ///< what secrets are bound to; only with a box
    Statement find_payload_;
    Statement find_destination_;
    Statement find_exchange_;
    Statement find_request_;
    bool answers_are_erased_;  ///< with a payload, also by versions that did not do so themselves
    struct {
        std::uint64_t payloads = 0;
        std::uint64_t destinations = 0;
        std::uint64_t exchanges = 0;
        std::uint64_t requests = 0;
    } rows_;  ///< that events account for
    std::uint64_t bytes_ = 0;

    // Of the stream in hand.
    StreamId stream_;
    std::optional<std::string> url_;       ///< in force
    std::optional<bool> token_;            ///< whether one is in force
    std::vector<std::uint64_t> requests_;  ///< where they lie
    std::vector<std::uint64_t> answers_;   ///< where they lie
    std::uint64_t answers_gone_ = 0;       ///< that events name
};

}  // namespace waybill::sqlite
