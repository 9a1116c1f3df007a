// The log as server-sent events.
#pragma once

#include <cstdint>

#include "waybill/server/event_notifier.h"
#include "waybill/server/http_message.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::server {

inline constexpr Duration kHeartbeat = std::chrono::seconds(5);

/// Sends every event after a global position, as they come, until the reader goes, is too slow or
/// the server drains. Each has its global position as `id:`, so that a reader that comes back with
/// `Last-Event-ID` misses none and sees none twice: what is sent is read from the log, by
/// position. When there is nothing to say for `heartbeat`, a comment shows that the line is open.
/// Blocks; `notifier` null: the log is asked again and again.
///
/// Format: WHATWG HTML, section 9.2 ("Server-sent events").
void sendEvents(BodyWriter& body, const sqlite::ReadModel& model, EventNotifier* notifier,
                std::uint64_t after, Duration heartbeat = kHeartbeat);

}  // namespace waybill::server
