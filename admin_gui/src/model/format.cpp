#include "model/format.h"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace waybill::gui {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...) {
    std::array<char, 64> text{};
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    return text.data();
}

/// `3h 12m`; the second unit always has two digits so that columns keep their width.
std::string twoUnits(Duration duration, Duration large, char large_letter, Duration small,
                     char small_letter) {
    return formatted("%lld%c %02lld%c", static_cast<long long>(duration / large), large_letter,
                     static_cast<long long>(duration % large / small), small_letter);
}

struct Calendar {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<Duration> time;
};

Calendar calendarOf(Timestamp time) {
    const auto day = std::chrono::floor<days>(time);
    return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<Duration>(time - day)};
}

constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

std::string compact(double number) {
    if (number >= 9'999'500) return formatted("%.0fM", number / 1e6);
    if (number >= 999'500) return formatted("%.1fM", number / 1e6);
    if (number >= 9'950) return formatted("%.0fk", number / 1e3);
    if (number >= 1'000) return formatted("%.1fk", number / 1e3);
    return formatted("%.0f", number);
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
    std::string text = grouped(number) + " ";
    text += number == 1 ? one : many;
    return text;
}

std::string span(Duration duration) {
    if (duration < Duration::zero()) duration = -duration;
    const auto micros = static_cast<long long>(duration.count());
    if (micros < 1000) return formatted("%lld µs", micros);
    if (duration < seconds(1)) return formatted("%lld ms", micros / 1000);
    if (duration < minutes(1))
        return formatted("%.2f s", static_cast<double>(micros / 10'000) / 100);
    if (duration < hours(1)) return twoUnits(duration, minutes(1), 'm', seconds(1), 's');
    if (duration < days(1)) return twoUnits(duration, hours(1), 'h', minutes(1), 'm');
    return formatted("%lldd %lldh", static_cast<long long>(duration / days(1)),
                     static_cast<long long>(duration % days(1) / hours(1)));
}

std::string roughSpan(Duration duration) {
    if (duration < minutes(1)) return std::to_string(duration / seconds(1)) + "s";
    if (duration < hours(1)) return std::to_string(duration / minutes(1)) + "m";
    return span(duration);
}

std::string countdown(Duration left) {
    if (left <= Duration::zero()) return "due";
    if (left < minutes(1)) {
        return formatted("%llds", static_cast<long long>(std::chrono::ceil<seconds>(left).count()));
    }
    return span(left);
}

std::string ago(Duration age) {
    if (age < seconds(1)) return "now";
    if (age < minutes(1)) return formatted("%llds ago", static_cast<long long>(age / seconds(1)));
    return span(age) + " ago";
}

std::string clock(Timestamp time) {
    const auto at = calendarOf(time).time;
    return formatted("%02d:%02d:%02d", static_cast<int>(at.hours().count()),
                     static_cast<int>(at.minutes().count()),
                     static_cast<int>(at.seconds().count()));
}

std::string clockMillis(Timestamp time) {
    const auto at = calendarOf(time).time;
    return clock(time) + formatted(".%03d", static_cast<int>(at.subseconds().count() / 1000));
}

std::string clockMinutes(Timestamp time) {
    return clock(time).substr(0, 5);
}

std::string dayAndMinutes(Timestamp time) {
    const auto date = calendarOf(time).date;
    return formatted("%u %s ", static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1]) +
           clockMinutes(time);
}

std::string clockOrDay(Timestamp time, Timestamp now) {
    const bool same_day = std::chrono::floor<days>(time) == std::chrono::floor<days>(now);
    return same_day ? clock(time) : dayAndMinutes(time);
}

std::string percent(double ratio) {
    return formatted("%.2f", std::floor(ratio * 10'000) / 100);
}

std::string byteCount(std::uint64_t bytes) {
    if (bytes < 1024) return formatted("%llu B", static_cast<unsigned long long>(bytes));
    const double kib = static_cast<double>(bytes) / 1024;
    return kib < 1024 ? formatted("%.1f KiB", kib) : formatted("%.1f MiB", kib / 1024);
}

std::string lowered(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

}  // namespace waybill::gui
