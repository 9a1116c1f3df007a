// Bytes beside the log, for readers without the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "database.h"
#include "waybill/event_log.h"

namespace waybill::sqlite {

/// Where an attempt went, as far as it may be shown.
struct ShownDestination {
    std::string url;
    bool has_token = false;
};

/// Each function takes the global position of the event that the bytes rode with; null or nothing
/// where there were none or they were erased.
class AttachmentReader {
public:
    explicit AttachmentReader(Database& database);

    Bytes payload(std::uint64_t global_position);
    std::optional<ShownDestination> destination(std::uint64_t global_position);
    std::optional<Exchange> exchange(std::uint64_t global_position);

    /// What GET answers for a background response until it is completed.
    Bytes requestedObject(std::uint64_t global_position);

private:
    Statement payload_;
    Statement destination_;
    Statement exchange_;
    Statement requested_object_;
};

}  // namespace waybill::sqlite
