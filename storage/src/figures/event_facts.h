// What an event means for figures, read without decoding it whole.
#pragma once

#include <cstdint>
#include <string_view>

#include "waybill/time.h"

namespace waybill::sqlite::figures {

enum class Fact {
    kNone,  ///< nothing that is counted
    kAccepted,
    kSucceeded,
    kFailed,
    kAbandoned,
};

struct EventFacts {
    Fact fact = Fact::kNone;
    std::uint64_t global_position = 0;
    Timestamp at{};
    Duration duration{};          ///< of an attempt that succeeded or failed
    bool fails_delivery = false;  ///< its round is over without success
};

Fact factOf(std::string_view type) noexcept;

/// `data` is the text of an event of that fact as core's `encodeData` wrote it: a key in its
/// quotation marks cannot occur within a value, so it is found without parsing, at a tenth of the
/// cost of decoding.
EventFacts readFacts(Fact fact, std::uint64_t global_position, Timestamp at, std::string_view data);

}  // namespace waybill::sqlite::figures
