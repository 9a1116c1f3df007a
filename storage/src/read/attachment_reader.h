// Bytes beside the log, for readers without the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log/database.h"
#include "log/event_table.h"
#include "waybill/delivery.h"
#include "waybill/errors.h"
#include "waybill/event_log.h"
#include "waybill/response.h"

namespace waybill::sqlite {

/// Where an attempt went, as far as it may be shown.
struct ShownDestination {
    std::string url;
    bool has_token = false;
};

/// Calls `read`, which reads a row that lies beside the event at `global_position`, and nothing
/// else. A damaged page under that row is DamagedBytes: no other row is worse for it.
template <typename Read>
auto readBeside(std::uint64_t global_position, Read read) {
    try {
        return read();
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        throw DamagedBytes("What lies beside event " + std::to_string(global_position) +
                           " cannot be read: its pages of the database are damaged.");
    }
}

/// Each function takes the global position of the event that the bytes rode with; null or nothing
/// where there were none or they were erased. Each checks them against that event (named_bytes.h)
/// and throws DamagedBytes; CorruptLog when the event cannot be read.
class AttachmentReader {
public:
    /// `events` must outlive it.
    AttachmentReader(Database& database, EventTable& events);

    Bytes payload(std::uint64_t global_position);
    /// What a delivery sends. `response`: whose object it is; nothing where it brought its own.
    Bytes payloadOf(const Delivery& delivery, const std::optional<Response>& response);
    std::optional<ShownDestination> destination(std::uint64_t global_position);
    std::optional<Exchange> exchange(std::uint64_t global_position);

    /// What GET answers for a background response until it is completed.
    Bytes requestedObject(std::uint64_t global_position);

    /// The event there; null: none.
    const RecordedEvent* event(std::uint64_t global_position);

    /// Whether the response with this `response_created` was completed or deleted.
    bool requestIsOver(const RecordedEvent& created);

private:
    void checkDestination(const RecordedEvent& event);

    EventTable& events_;
    Statement payload_;
    Statement destination_;
    Statement exchange_;
    Statement requested_object_;
    std::optional<RecordedEvent> event_;  ///< the newest that was asked for: events never change
};

}  // namespace waybill::sqlite
