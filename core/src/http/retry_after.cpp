#include "http/retry_after.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace waybill::http {
namespace {

using namespace std::string_view_literals;

// Nobody means more than this, and sums stay far from overflow.
constexpr Duration kLongest = std::chrono::hours(24) * 3653;

constexpr std::array kMonths = {"Jan"sv, "Feb"sv, "Mar"sv, "Apr"sv, "May"sv, "Jun"sv,
                                "Jul"sv, "Aug"sv, "Sep"sv, "Oct"sv, "Nov"sv, "Dec"sv};
constexpr std::array kDays = {"Mon"sv, "Tue"sv, "Wed"sv, "Thu"sv, "Fri"sv, "Sat"sv, "Sun"sv};
constexpr std::array kLongDays = {"Monday"sv, "Tuesday"sv,  "Wednesday"sv, "Thursday"sv,
                                  "Friday"sv, "Saturday"sv, "Sunday"sv};

// Reads a fixed form from the front; the first thing that is not there fails all the rest.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    Scanner& literal(std::string_view expected) {
        ok_ = ok_ && rest_.starts_with(expected);
        if (ok_) rest_.remove_prefix(expected.size());
        return *this;
    }
    template <std::size_t N>
    Scanner& oneOf(const std::array<std::string_view, N>& names, int& number) {
        for (std::size_t i = 0; i < N; ++i) {
            if (!rest_.starts_with(names[i])) continue;
            number = static_cast<int>(i) + 1;
            return literal(names[i]);
        }
        ok_ = false;
        return *this;
    }
    template <std::size_t N>
    Scanner& oneOf(const std::array<std::string_view, N>& names) {
        int ignored = 0;
        return oneOf(names, ignored);
    }
    Scanner& digits(std::size_t width, int& number) {
        ok_ = ok_ && rest_.size() >= width;
        number = 0;
        for (std::size_t i = 0; ok_ && i < width; ++i) {
            ok_ = rest_[i] >= '0' && rest_[i] <= '9';
            number = number * 10 + (rest_[i] - '0');
        }
        if (ok_) rest_.remove_prefix(width);
        return *this;
    }
    bool next(char c) const { return ok_ && rest_.starts_with(c); }
    bool finished() const { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

struct DateTime {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<Timestamp> toTimestamp(const DateTime& t) {
    const std::chrono::year_month_day date{std::chrono::year(t.year),
                                           std::chrono::month(static_cast<unsigned>(t.month)),
                                           std::chrono::day(static_cast<unsigned>(t.day))};
    if (!date.ok() || t.hour > 23 || t.minute > 59 || t.second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(t.hour) +
           std::chrono::minutes(t.minute) + std::chrono::seconds(t.second);
}

void scanTime(Scanner& scanner, DateTime& t) {
    scanner.digits(2, t.hour).literal(":").digits(2, t.minute).literal(":").digits(2, t.second);
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<Timestamp> parseImfFixdate(std::string_view text) {
    DateTime t;
    Scanner scanner(text);
    scanner.oneOf(kDays).literal(", ").digits(2, t.day).literal(" ").oneOf(kMonths, t.month);
    scanner.literal(" ").digits(4, t.year).literal(" ");
    scanTime(scanner, t);
    return scanner.literal(" GMT").finished() ? toTimestamp(t) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT; a year more than 50 years ahead is in the past
std::optional<Timestamp> parseRfc850(std::string_view text, Timestamp now) {
    DateTime t;
    Scanner scanner(text);
    scanner.oneOf(kLongDays).literal(", ").digits(2, t.day).literal("-").oneOf(kMonths, t.month);
    scanner.literal("-").digits(2, t.year).literal(" ");
    scanTime(scanner, t);
    if (!scanner.literal(" GMT").finished()) return std::nullopt;
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    const int this_year = static_cast<int>(today.year());
    t.year += this_year - this_year % 100;
    if (t.year > this_year + 50) t.year -= 100;
    return toTimestamp(t);
}

// Sun Nov  6 08:49:37 1994
std::optional<Timestamp> parseAsctime(std::string_view text) {
    DateTime t;
    Scanner scanner(text);
    scanner.oneOf(kDays).literal(" ").oneOf(kMonths, t.month).literal(" ");
    if (scanner.next(' ')) {
        scanner.literal(" ").digits(1, t.day);
    } else {
        scanner.digits(2, t.day);
    }
    scanner.literal(" ");
    scanTime(scanner, t);
    return scanner.literal(" ").digits(4, t.year).finished() ? toTimestamp(t) : std::nullopt;
}

std::optional<Duration> parseSeconds(std::string_view text) {
    if (text.empty()) return std::nullopt;
    constexpr auto kMost = std::chrono::duration_cast<std::chrono::seconds>(kLongest).count();
    std::int64_t seconds = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        seconds = std::min<std::int64_t>(seconds * 10 + (c - '0'), kMost);
    }
    return std::chrono::seconds(seconds);
}

}  // namespace

std::optional<Duration> parseRetryAfter(std::string_view value, Timestamp now) {
    if (const auto seconds = parseSeconds(value)) return seconds;
    auto date = parseImfFixdate(value);
    if (!date) date = parseRfc850(value, now);
    if (!date) date = parseAsctime(value);
    if (!date) return std::nullopt;
    return std::clamp(*date - now, Duration::zero(), kLongest);
}

}  // namespace waybill::http
