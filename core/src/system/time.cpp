#include "waybill/time.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace waybill {

namespace {

using std::chrono::days;
using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Writes `value` right-aligned into `width` characters at `out`, with leading zeros.
void putDigits(char* out, int width, std::uint32_t value) {
    for (int i = width - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

/// Reads exactly `width` digits from the front of `text` and removes them.
std::optional<int> takeDigits(std::string_view& text, std::size_t width) {
    if (text.size() < width) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

/// `.` and any number of digits; what is finer than a microsecond is dropped.
std::optional<microseconds> takeFraction(std::string_view& text) {
    if (!take(text, '.')) return microseconds(0);
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 6) value = value * 10 + (text.front() - '0');
        ++digits;
        text.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits)
        value *= 10;
    return microseconds(value);
}

/// `Z` or `+hh:mm`.
std::optional<minutes> takeZone(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return minutes(0);
    const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto zone_hours = takeDigits(text, 2);
    if (!zone_hours || !take(text, ':')) return std::nullopt;
    const auto zone_minutes = takeDigits(text, 2);
    if (!zone_minutes || *zone_hours > 23 || *zone_minutes > 59) return std::nullopt;
    return minutes(sign * (*zone_hours * 60 + *zone_minutes));
}

struct Unit {
    std::string_view name;
    microseconds length;
};

constexpr std::array kUnits = {Unit{"ms", milliseconds(1)}, Unit{"s", seconds(1)},
                               Unit{"m", minutes(1)}, Unit{"h", hours(1)}, Unit{"d", days(1)}};
constexpr microseconds kLongest = days(3653);

}  // namespace

void appendTimestamp(std::string& out, Timestamp time) {
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    char text[] = "0000-00-00T00:00:00.000000Z";
    putDigits(text, 4, static_cast<std::uint32_t>(static_cast<int>(date.year())));
    putDigits(text + 5, 2, static_cast<unsigned>(date.month()));
    putDigits(text + 8, 2, static_cast<unsigned>(date.day()));
    putDigits(text + 11, 2, static_cast<std::uint32_t>(clock.hours().count()));
    putDigits(text + 14, 2, static_cast<std::uint32_t>(clock.minutes().count()));
    putDigits(text + 17, 2, static_cast<std::uint32_t>(clock.seconds().count()));
    putDigits(text + 20, 6, static_cast<std::uint32_t>(clock.subseconds().count()));
    out.append(text, sizeof text - 1);
}

std::string formatTimestamp(Timestamp time) {
    std::string text;
    appendTimestamp(text, time);
    return text;
}

std::optional<Timestamp> parseTimestamp(std::string_view text) {
    const auto year = takeDigits(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = takeDigits(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = takeDigits(text, 2);
    if (!day || (!take(text, 'T') && !take(text, 't') && !take(text, ' '))) return std::nullopt;
    const auto hour = takeDigits(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = takeDigits(text, 2);
    if (!minute || !take(text, ':')) return std::nullopt;
    const auto second = takeDigits(text, 2);
    if (!second) return std::nullopt;
    const auto fraction = takeFraction(text);
    if (!fraction) return std::nullopt;
    const auto zone = takeZone(text);
    if (!zone || !text.empty()) return std::nullopt;

    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days{date} + hours(*hour) + minutes(*minute) + seconds(*second) +
           *fraction - *zone;
}

std::optional<Duration> parseDuration(std::string_view text) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return count == 0 ? std::optional(Duration::zero()) : std::nullopt;
    for (const Unit& unit : kUnits) {
        if (text != unit.name) continue;
        if (count > kLongest / unit.length) return std::nullopt;
        return count * unit.length;
    }
    return std::nullopt;
}

std::string formatDuration(Duration duration) {
    if (duration <= Duration::zero()) return "0";
    const auto rounded = std::chrono::ceil<milliseconds>(duration);
    for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
        if (rounded % unit->length == microseconds(0)) {
            return std::to_string(rounded / unit->length) + std::string(unit->name);
        }
    }
    return {};  // unreachable: every rounded duration is a multiple of a millisecond
}

}  // namespace waybill
