#include "bench/payload.h"

#include <cassert>
#include <charconv>

namespace waybill::bench {

namespace {

constexpr std::string_view kTimeKey = "{\"sent_at_ns\":";
constexpr std::string_view kTextKey = ",\"text\":\"";
constexpr std::string_view kEnd = "\"}";

}  // namespace

std::string makePayload(std::size_t size, std::chrono::nanoseconds sent_at) {
    assert(size >= 64);
    std::string payload;
    payload.reserve(size);
    payload += kTimeKey;
    payload += std::to_string(sent_at.count());
    payload += kTextKey;
    payload.append(size - payload.size() - kEnd.size(), 'x');
    payload += kEnd;
    return payload;
}

std::optional<std::chrono::nanoseconds> sentAt(std::string_view text) {
    const std::size_t key = text.find(kTimeKey);
    if (key == std::string_view::npos) return std::nullopt;
    std::int64_t count = 0;
    const char* const begin = text.data() + key + kTimeKey.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), count);
    if (error != std::errc{} || count == 0) return std::nullopt;
    return std::chrono::nanoseconds(count);
}

}  // namespace waybill::bench
