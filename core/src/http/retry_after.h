// What a receiver asks for with Retry-After.
#pragma once

#include <optional>
#include <string_view>

#include "waybill/time.h"

namespace waybill::http {

/// The value of Retry-After as a wait from `now`: delta-seconds, or an HTTP-date in any of its
/// three forms (RFC 9110 sections 10.2.3 and 5.6.7). A date that has passed is zero; what is
/// neither is nothing.
std::optional<Duration> parseRetryAfter(std::string_view value, Timestamp now);

}  // namespace waybill::http
