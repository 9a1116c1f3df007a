// The second pass of a verification: every stream from its first event to its last.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "audit/attachment_check.h"
#include "audit/findings.h"
#include "log/database.h"
#include "log/derived_table.h"
#include "log/event_table.h"
#include "log/idempotency.h"
#include "log/row_sums.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// Folds each stream anew and holds the result against its derived row and the bytes beside it.
/// Keeps one stream in memory.
class StreamCheck {
public:
    /// `box` as for AttachmentCheck.
    StreamCheck(Database& database, Findings& findings, const SecretBox* box);

    void run();

    std::uint64_t streams() const { return streams_; }
    std::uint64_t payloads() const { return attachments_.payloads(); }
    std::uint64_t laterEvents() const { return later_events_; }

private:
    void begin(const StoredRow& first);
    void take(const StoredRow& row);
    void end();
    void compareRow();
    void checkIdempotency(const RecordedEvent& event);
    void addToSums();
    template <typename State>
    void compare(DerivedTable<State>& table, const State& folded);
    void checkStreamsWithoutEvents();
    void checkLeftOvers();
    void checkSums();
    void report(const std::string& rule);
    /// Calls `step`; what cannot be read is a finding about this stream.
    template <typename Step>
    void atThisStream(Step step);

    Database& database_;
    Findings& findings_;
    AttachmentCheck attachments_;
    DerivedTable<Delivery> deliveries_;
    DerivedTable<Response> responses_;
    DerivedTable<EndpointState> endpoints_;
    DerivedTable<BulkRedelivery> bulk_redeliveries_;
    Statement find_idempotency_;
    std::map<std::string, std::uint64_t> rows_;  ///< that each derived table must have
    std::map<Summed, RowSum> sums_;              ///< that `derived_sums` must have
    Timestamp keys_since_{};                     ///< older keys may have been forgotten

    std::uint64_t streams_ = 0;
    std::uint64_t later_events_ = 0;
    std::int64_t key_ = 0;
    StreamId stream_;
    StreamState state_;
    bool has_derived_tables_ = false;
    /// The newest event of which `derived_sums` knows, and whether the stream in hand, as it was
    /// then, is in `sums_`.
    std::uint64_t summed_at_ = 0;
    bool summed_ = false;
    bool broken_ = false;  ///< an event of this stream could not follow: the rest says nothing
    bool all_sound_ = true;
};

}  // namespace waybill::sqlite
