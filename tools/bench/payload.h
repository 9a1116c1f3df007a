// What is delivered in a measure: JSON that says when it was sent off.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::bench {

/// A JSON object of exactly `size` bytes (at least 64) with the time on the monotonic clock.
std::string makePayload(std::size_t size, std::chrono::nanoseconds sent_at);

/// The time in a payload, wherever in `text` it stands.
std::optional<std::chrono::nanoseconds> sentAt(std::string_view text);

}  // namespace waybill::bench
