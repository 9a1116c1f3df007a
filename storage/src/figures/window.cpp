#include "figures/window.h"

#include <algorithm>

namespace waybill::sqlite::figures {

namespace {

constexpr std::int64_t kFineWindow = 6 * kMinutesInHour;

std::int64_t roundUp(std::int64_t number, std::int64_t unit) {
    return (number + unit - 1) / unit * unit;
}

std::int64_t wholeMinutes(Duration duration) {
    return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::minutes>(duration).count());
}

/// The window's end is the end of the step that holds `now`.
Window endingAt(Timestamp now, std::int64_t length, std::int64_t bucket, std::int64_t step) {
    const Minute until = roundUp(minuteOf(now) + 1, step);
    return {until - roundUp(length, step), until, bucket, step};
}

}  // namespace

Window seriesWindow(Duration length, Duration step, Timestamp now) {
    const std::int64_t minutes = wholeMinutes(length);
    const std::int64_t bucket = minutes > kKeptMinutes ? kMinutesInHour : 1;
    return endingAt(now, minutes, bucket, roundUp(wholeMinutes(step), bucket));
}

Window healthWindow(Duration length, Timestamp now) {
    const std::int64_t minutes = wholeMinutes(length);
    const std::int64_t bucket = minutes > kFineWindow ? kMinutesInHour : 1;
    const std::int64_t step = roundUp((minutes + kHistorySteps - 1) / kHistorySteps, bucket);
    Window window = endingAt(now, minutes, bucket, bucket);
    window.step = step;
    window.since = window.until - roundUp(roundUp(minutes, bucket), step);
    return window;
}

}  // namespace waybill::sqlite::figures
