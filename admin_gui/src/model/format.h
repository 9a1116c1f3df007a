// Numbers and times as tables, cards and axes show them. Pure; UTC throughout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "waybill/time.h"

namespace waybill::gui {

/// `1,234,567`.
std::string grouped(std::uint64_t number);

/// `950`, `4.6k`, `190k`, `1.2M`: for badges and axes.
std::string compact(double number);

/// `1 delivery`, `1,234 deliveries`.
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

/// `850 µs`, `12 ms`, `1.50 s`, `2m 05s`, `3h 12m`, `4d 2h`.
std::string span(Duration duration);

/// Like `span`, in whole minutes from one minute on: for what is read at leisure.
std::string roughSpan(Duration duration);

/// Like `span`, for what is due: `due` once it is not in the future any more.
std::string countdown(Duration left);

/// `now`, `45s ago`, `3h 12m ago`.
std::string ago(Duration age);

/// `18:40:01`.
std::string clock(Timestamp time);

/// `18:40:01.123`.
std::string clockMillis(Timestamp time);

/// `18:40`.
std::string clockMinutes(Timestamp time);

/// `21 Nov 18:40`.
std::string dayAndMinutes(Timestamp time);

/// `18:40:01` on the day of `now`, else `21 Nov 18:40`.
std::string clockOrDay(Timestamp time, Timestamp now);

/// `95.15`: per cent with two decimals, never rounded up to 100.
std::string percent(double ratio);

/// `685 B`, `2.1 KiB`, `16.0 MiB`.
std::string byteCount(std::uint64_t bytes);

/// ASCII letters in lower case.
std::string lowered(std::string text);

}  // namespace waybill::gui
