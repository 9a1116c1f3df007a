// What every fold checks: data from disk is checked, never asserted.
#pragma once

#include <cstdint>
#include <string>

#include "waybill/delivery.h"
#include "waybill/errors.h"
#include "waybill/event.h"

namespace waybill {

inline void requireRule(bool holds, const RecordedEvent& event, const char* rule) {
    if (!holds) {
        throw CorruptLog(event.stream, event.position,
                         std::string(typeName(event.event)) + " breaks the rule: " + rule);
    }
}

inline void requireNextPosition(std::uint64_t last, const RecordedEvent& event) {
    requireRule(event.position == last + 1, event, "positions in a stream have no gap");
}

[[noreturn]] inline void refuseForeignEvent(const RecordedEvent& event, const char* kind) {
    throw CorruptLog(
        event.stream, event.position,
        std::string(typeName(event.event)) + " does not belong in the stream of " + kind);
}

/// `fold` in place, for the hot paths. When it throws, `delivery` must not be used again.
void foldInto(Delivery& delivery, const RecordedEvent& event);

}  // namespace waybill
