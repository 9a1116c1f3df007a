// How a delivery and its attempts are abbreviated and coloured.
#pragma once

#include <cstdint>
#include <string>

#include "cli/console.h"
#include "waybill/views.h"

namespace waybill::cli {

Style styleOf(const DeliveryView& delivery);
Style styleOf(AttemptStatus status);

/// `200`, `503`, `timeout`, `on the wire`, `abandoned`, or nothing.
std::string lastAnswer(const LastAttempt& last);

/// `12,345`.
std::string grouped(std::uint64_t number);

}  // namespace waybill::cli
