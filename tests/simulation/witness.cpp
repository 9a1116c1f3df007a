#include "simulation/witness.h"

#include "support/open_deliveries.h"

namespace waybill::test {

namespace {

std::string named(const StreamId& id, std::uint32_t attempt) {
    return "attempt " + std::to_string(attempt) + " of " + id;
}

}  // namespace

void Witness::require(bool holds, const std::string& otherwise) {
    if (!holds) wrong_.push_back(otherwise);
}

std::size_t Witness::asked(const char* what, bool may_wait) {
    callers_.push_back({what, may_wait});
    return callers_.size() - 1;
}

void Witness::answered(std::size_t caller) {
    require(++callers_.at(caller).answers == 1,
            std::string(callers_[caller].what) + " was answered twice");
}

void Witness::requireTurnAnswered() {
    for (; new_from_ < callers_.size(); ++new_from_) {
        const Caller& caller = callers_[new_from_];
        require(caller.answers > 0 || caller.may_wait,
                std::string(caller.what) + " was not answered when its turn was over");
    }
}

void Witness::requireAllAnswered() {
    for (const Caller& caller : callers_)
        require(caller.answers > 0, std::string(caller.what) + " was not answered at the end");
}

void Witness::sent(const StreamId& id, std::uint32_t attempt, const Bytes& body) {
    on_wire_[{id, attempt}] = body;
    bytes_on_wire_ += body->size();
    require(on_wire_.size() == 1 || bytes_on_wire_ <= budget_,
            std::to_string(bytes_on_wire_) + " bytes are on the wire, more than the budget");
}

void Witness::known(const StreamId& id, std::uint32_t attempt) {
    const auto ended = on_wire_.extract({id, attempt});
    if (ended.empty()) return;
    bytes_on_wire_ -= ended.mapped()->size();
    known_.insert(ended.key());
}

void Witness::recorded(const RecordedEvent& event) {
    if (const auto* succeeded = std::get_if<AttemptSucceeded>(&event.event))
        known_.erase({event.stream, succeeded->attempt});
    if (const auto* failed = std::get_if<AttemptFailed>(&event.event))
        known_.erase({event.stream, failed->attempt});
    if (const auto* abandoned = std::get_if<AttemptAbandoned>(&event.event)) {
        const Attempt attempt{event.stream, abandoned->attempt};
        require(excused_.count(event.stream) > 0 || known_.count(attempt) == 0,
                "the outcome of " + named(event.stream, abandoned->attempt) +
                    " was known and is recorded as abandoned");
        require(excused_.count(event.stream) > 0 || on_wire_.count(attempt) == 0,
                named(event.stream, abandoned->attempt) +
                    " is on the wire and is recorded as abandoned");
    }
}

void Witness::requireInFlight(std::uint64_t in_flight) {
    if (!excused_.empty()) return;
    require(in_flight == on_wire_.size(),
            std::to_string(in_flight) + " attempts are said to be on the wire, and " +
                std::to_string(on_wire_.size()) + " are: some stay attempting");
}

void Witness::requireOnRecord(const EventLog& log) {
    for (const Delivery& delivery : openDeliveries(log)) {
        require(!delivery.attempt_open || excused_.count(delivery.id) > 0 ||
                    on_wire_.count({delivery.id, delivery.attempts}) > 0,
                named(delivery.id, delivery.attempts) + " stays attempting");
    }
    for (const auto& [id, attempt] : known_) {
        if (excused_.count(id) > 0) continue;
        bool found = false;
        for (const RecordedEvent& event : log.readStream(id)) {
            const auto* succeeded = std::get_if<AttemptSucceeded>(&event.event);
            const auto* failed = std::get_if<AttemptFailed>(&event.event);
            found |= (succeeded && succeeded->attempt == attempt) ||
                     (failed && failed->attempt == attempt);
        }
        require(found, "the outcome of " + named(id, attempt) + " was known and is not on record");
    }
}

}  // namespace waybill::test
