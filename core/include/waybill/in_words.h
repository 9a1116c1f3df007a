// Times, statuses and states as sentences and tables for people show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/time.h"
#include "waybill/views.h"

namespace waybill {

/// For sentences: `850 µs`, `12 ms`, `4.7 seconds`, `1 minute`, `5 minutes 12 seconds`, `2 hours`,
/// `3 days 4 hours`: at most two units, rounded down. A negative one is written as its amount.
std::string durationInWords(Duration duration);

/// For tables: `850µs`, `12ms`, `4.7s`, `5m12s`, `2h5m`, `3d4h`.
std::string shortDuration(Duration duration);

/// `2026-11-21 20:29:38 UTC`.
std::string timeInWords(Timestamp time);

/// `503 Service Unavailable`; the bare number where it has no registered name (RFC 9110 section
/// 15).
std::string httpStatusInWords(std::uint16_t status);

/// One or two sentences for an operator: what state the delivery is in, and what will happen next
/// without anybody asking. `now` decides between "is due in" and "has been due for". Pure.
std::string statusInWords(const DeliveryView& delivery, Timestamp now);

/// What it means to re-deliver to `url` what goes to `endpoint` now, where that leads to another
/// origin (scheme, host, port): two sentences for whoever asks for it. `with_token`: a token is
/// given with the URL. Empty: the origin is the same, or the URL is none. Pure.
std::string otherOriginInWords(std::string_view endpoint, std::string_view url, bool with_token);

/// Why a response has no delivery, and what can be done, from the events of its stream: a sentence
/// or two for an operator. Empty: the stream is no response's, or it has a delivery. Pure.
std::string noCallbackInWords(const std::vector<EventView>& stream);

}  // namespace waybill
