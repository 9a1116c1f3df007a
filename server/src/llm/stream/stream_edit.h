// What of a stream is ours to change: the object's id, and what it echoes of the request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "llm/api_kind.h"
#include "llm/create_request.h"
#include "llm/stream/stream_event.h"

namespace waybill::server {

/// The changes to make in the events of one stream, so that the object in it is the stored one.
struct StreamEdit {
    std::optional<std::string> new_id;    ///< to be given to the object …
    std::string old_id;                   ///< … wherever it says this; empty: it says nothing
    std::optional<std::string> metadata;  ///< of a response, as JSON text
    std::optional<PreviousId> previous;   ///< of a response: the client's for the backend's

    bool changesAnything() const { return new_id || metadata || previous; }
};

/// What an event says of the object's id: nothing when it does not speak of the object, empty when
/// it ought to have an id that can be used and has none.
std::optional<std::string> objectIdIn(ApiKind api, const StreamEvent& event);

/// The event's data with the changes made, every other byte as it was; nothing when they do not
/// concern it, or it cannot be read.
std::optional<std::string> editedData(ApiKind api, std::string_view data, const StreamEdit& edit);

}  // namespace waybill::server
