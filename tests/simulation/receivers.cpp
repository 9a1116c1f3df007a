#include "simulation/receivers.h"

namespace waybill::test {

namespace {

using std::chrono::milliseconds;

AttemptOutcome answered(std::uint16_t status) {
    AttemptOutcome outcome;
    outcome.http_status = status;
    outcome.response_head = "HTTP/1.1 " + std::to_string(status) + " -\r\n\r\n";
    outcome.response_body = "as told";
    if (status > 299) outcome.reason = FailureReason::kHttpStatus;
    return outcome;
}

AttemptOutcome failed(FailureReason reason) {
    AttemptOutcome outcome;
    outcome.reason = reason;
    outcome.detail = "as told";
    return outcome;
}

}  // namespace

Duration Receivers::upTo(std::uint64_t most) {
    return milliseconds(1 + chance_.below(most));
}

Habit Receivers::habitFor(const std::string& url, Duration timeout) {
    const Duration soon = upTo(300);
    if (well_) return {answered(200), soon};
    switch (url.at(std::string_view("http://h").size()) - '0') {
        case 0:
            return {answered(200), soon};
        case 1:
            return {answered(chance_.oneIn(2) ? 200 : 500), soon};
        case 2:
            return chance_.oneIn(4) ? Habit{answered(204), upTo(20'000)}
                                    : Habit{failed(FailureReason::kTimeout), timeout};
        case 3:
            return {failed(FailureReason::kConnect), soon, false};
        case 4: {
            Habit habit{answered(chance_.oneIn(3) ? 503 : 429), soon};
            habit.outcome.retry_after = std::chrono::seconds(chance_.below(900));
            return chance_.oneIn(3) ? Habit{answered(200), soon} : habit;
        }
        default:
            return chance_.oneIn(3)   ? Habit{failed(FailureReason::kStaleConnection), soon, false}
                   : chance_.oneIn(4) ? Habit{failed(FailureReason::kLocalFault), soon, false}
                                      : Habit{answered(200), soon};
    }
}

}  // namespace waybill::test
