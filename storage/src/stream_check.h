// The second pass of a verification: every stream from its first event to its last.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "attachment_check.h"
#include "database.h"
#include "derived_table.h"
#include "event_table.h"
#include "findings.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// Folds each stream anew and holds the result against its derived row and the bytes beside it.
/// Keeps one stream in memory.
class StreamCheck {
public:
    StreamCheck(Database& database, Findings& findings);

    void run();

    std::uint64_t streams() const { return streams_; }
    std::uint64_t payloads() const { return attachments_.payloads(); }

private:
    void begin(const StoredRow& first);
    void take(const StoredRow& row);
    void end();
    void checkIdempotency(const RecordedEvent& event);
    template <typename State>
    void compare(DerivedTable<State>& table, const State& folded);
    void checkLeftOvers();
    void report(const std::string& rule);

    Database& database_;
    Findings& findings_;
    AttachmentCheck attachments_;
    DerivedTable<Delivery> deliveries_;
    DerivedTable<Response> responses_;
    DerivedTable<EndpointState> endpoints_;
    DerivedTable<BulkRedelivery> bulk_redeliveries_;
    Statement find_idempotency_;
    std::map<std::string, std::uint64_t> rows_;  ///< that each derived table must have

    std::uint64_t streams_ = 0;
    std::int64_t key_ = 0;
    StreamId stream_;
    StreamState state_;
    bool has_derived_tables_ = false;
    bool broken_ = false;  ///< an event of this stream could not follow: the rest says nothing
    bool all_sound_ = true;
};

}  // namespace waybill::sqlite
