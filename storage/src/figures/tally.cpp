#include "figures/tally.h"

#include <algorithm>

namespace waybill::sqlite::figures {

namespace {

constexpr std::uint32_t kOutcomes = 64;
/// So many failures in a row are no coincidence.
constexpr std::uint32_t kFailingRun = 5;
/// As far back as "the newest attempts" reach.
constexpr std::uint32_t kRecent = 20;

std::uint64_t lowest(std::uint32_t bits) {
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

}  // namespace

void Figures::add(const EventFacts& facts) {
    const bool succeeded = facts.fact == Fact::kSucceeded;
    const bool failed_attempt = facts.fact == Fact::kFailed;
    accepted += facts.fact == Fact::kAccepted;
    delivered += succeeded;
    failed += facts.fails_delivery;
    attempts_succeeded += succeeded;
    attempts_failed += failed_attempt;
    if (succeeded || failed_attempt) latency.add(facts.duration);
}

void Figures::add(const Figures& other) {
    accepted += other.accepted;
    delivered += other.delivered;
    failed += other.failed;
    attempts_succeeded += other.attempts_succeeded;
    attempts_failed += other.attempts_failed;
    latency.add(other.latency);
}

void Streak::add(const EventFacts& facts) {
    if (facts.fact == Fact::kSucceeded) {
        last_success_at = facts.at;
        failing_since.reset();
    } else if (facts.fact == Fact::kFailed) {
        last_error = facts.global_position;
        last_error_at = facts.at;
        if (!failing_since) failing_since = facts.at;
    } else {
        return;
    }
    newest = newest << 1 | (facts.fact == Fact::kFailed);
    known = std::min(known + 1, kOutcomes);
}

bool Streak::fails() const {
    if (known == 0) return false;
    const std::uint64_t run = lowest(std::min(known, kFailingRun));
    return (newest & run) == run;
}

bool Streak::falters() const {
    return (newest & lowest(std::min(known, kRecent))) != 0;
}

Minute minuteOf(Timestamp time) {
    return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

Timestamp timeOf(Minute minute) {
    return Timestamp(std::chrono::minutes(minute));
}

void Tally::add(const EventFacts& facts, EndpointNumber endpoint) {
    if (facts.fact == Fact::kNone) return;
    const Minute minute = minuteOf(facts.at);
    minutes_[{minute, kAllEndpoints}].add(facts);
    minutes_[{minute, endpoint}].add(facts);
}

}  // namespace waybill::sqlite::figures
