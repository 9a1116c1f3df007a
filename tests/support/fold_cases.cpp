#include "support/fold_cases.h"

#include <functional>
#include <map>
#include <stdexcept>

namespace waybill::test {

namespace {

using Histories = std::map<std::string, std::vector<Event>>;

constexpr Timestamp kLater = Timestamp(std::chrono::seconds(2'000'000));

/// Of those that this version knows; the last is an UnknownEvent.
constexpr std::size_t kTypes = std::variant_size_v<Event> - 1;

template <std::size_t kIndex = 0>
void appendTypes(std::vector<std::string>& types) {
    if constexpr (kIndex < kTypes) {
        types.emplace_back(typeName(Event(std::in_place_index<kIndex>)));
        appendTypes<kIndex + 1>(types);
    }
}

template <std::size_t kIndex = 0>
Event emptyEventFrom(std::string_view type) {
    if constexpr (kIndex == kTypes) {
        throw std::invalid_argument("no event type " + std::string(type));
    } else {
        Event event(std::in_place_index<kIndex>);
        return typeName(event) == type ? event : emptyEventFrom<kIndex + 1>(type);
    }
}

template <typename State>
State stateAfter(const Histories& histories, const std::string& name) {
    const auto found = histories.find(name);
    if (found == histories.end()) throw std::invalid_argument("no state " + name);
    return after(State{}, found->second);
}

std::vector<Event> with(std::vector<Event> events, Event last) {
    events.push_back(std::move(last));
    return events;
}

/// Of a round of four attempts, so that one failure does not end it.
const std::vector<Event> kPending = {
    DeliveryAccepted{.endpoint = "https://example.com:443", .policy = RetryPolicy{}}};
const std::vector<Event> kAttempting = with(kPending, AttemptStarted{1, 1, AttemptCause::kFirst});
const std::vector<Event> kFailed =
    with(kAttempting, AttemptFailed{.attempt = 1, .round_end = RoundEnd::kFinalStatus});

const Histories kDeliveries = [] {
    Histories histories = {
        {"pending", kPending},
        {"attempting", kAttempting},
        {"delivered", with(kAttempting, AttemptSucceeded{.attempt = 1})},
        {"failed", kFailed},
        {"cancelled", with(kPending, DeliveryCancelled{})},
        {"cancelled, on the wire", with(kAttempting, DeliveryCancelled{})},
    };
    for (const char* finished : {"delivered", "failed", "cancelled", "cancelled, on the wire"}) {
        histories[std::string(finished) + ", erased"] = with(histories[finished], PayloadErased{});
    }
    histories["none"] = {};
    return histories;
}();

const ResponseCompleted kObject{.object_id = "resp_1",
                                .status = "completed",
                                .payload_digest = Digest{1},
                                .payload_bytes = 7,
                                .delivery = "dlv_1"};

const Histories kResponses = [] {
    const std::vector<Event> created = {ResponseCreated{.kind = "response"}};
    const std::vector<Event> completed = with(created, kObject);
    const std::vector<Event> deleted = with(completed, ResponseDeleted{});
    return Histories{
        {"none", {}},
        {"created", created},
        {"created, background", {ResponseCreated{.kind = "response", .background = true}}},
        {"completed", completed},
        {"completed, erased", with(completed, PayloadErased{})},
        {"call_failed", with(created, ResponseCompleted{.status = "error"})},
        {"deleted", deleted},
        {"deleted, erased", with(deleted, PayloadErased{})},
        {"deleted, nothing stored", with(created, ResponseDeleted{})},
    };
}();

const Histories kEndpoints = {{"running", {}}, {"paused", {EndpointPaused{}}}};

const Histories kBulks = {
    {"none", {}},
    {"running", {BulkRedeliveryRequested{}}},
    {"paused", {BulkRedeliveryRequested{}, BulkRedeliveryPaused{}}},
    {"finished", {BulkRedeliveryRequested{}, BulkRedeliveryFinished{}}},
};

}  // namespace

std::vector<std::string> allEventTypes() {
    std::vector<std::string> types;
    appendTypes(types);
    return types;
}

Event emptyEvent(std::string_view type) {
    Event event = emptyEventFrom(type);
    if (auto* accepted = std::get_if<DeliveryAccepted>(&event)) accepted->policy = RetryPolicy{};
    return event;
}

template <>
Delivery stateIn(const std::string& name) {
    return stateAfter<Delivery>(kDeliveries, name);
}
template <>
Response stateIn(const std::string& name) {
    return stateAfter<Response>(kResponses, name);
}
template <>
EndpointState stateIn(const std::string& name) {
    return stateAfter<EndpointState>(kEndpoints, name);
}
template <>
BulkRedelivery stateIn(const std::string& name) {
    return stateAfter<BulkRedelivery>(kBulks, name);
}

std::string nameOf(const Delivery& delivery) {
    std::string name(toString(delivery.status));
    if (delivery.status == DeliveryStatus::kCancelled && delivery.attempt_open) {
        name += ", on the wire";
    }
    return delivery.payload_erased ? name + ", erased" : name;
}

std::string nameOf(const Response& response) {
    std::string name(toString(response.state));
    if (response.state == ResponseState::kCreated && response.background) name += ", background";
    if (response.state == ResponseState::kDeleted && response.payload_position == 0) {
        name += ", nothing stored";
    }
    return response.payload_erased ? name + ", erased" : name;
}

std::string nameOf(const EndpointState& endpoint) {
    return endpoint.paused ? "paused" : "running";
}

std::string nameOf(const BulkRedelivery& bulk) {
    if (!bulk.requested) return "none";
    if (bulk.finished) return "finished";
    return bulk.paused ? "paused" : "running";
}

Event eventFor(const std::string& row, const Delivery& delivery) {
    const std::uint32_t open = delivery.attempts;
    if (row == "attempt_started") {
        return AttemptStarted{delivery.attempts + 1, delivery.round, delivery.next_cause};
    }
    if (row == "attempt_succeeded") return AttemptSucceeded{.attempt = open};
    if (row == "attempt_failed with retry_at") {
        return AttemptFailed{.attempt = open, .retry_at = kLater};
    }
    if (row == "attempt_failed with round_end") {
        return AttemptFailed{.attempt = open, .round_end = RoundEnd::kFinalStatus};
    }
    if (row == "attempt_abandoned with retry_at") return AttemptAbandoned{open, kLater, {}};
    if (row == "attempt_abandoned with round_end") {
        return AttemptAbandoned{open, {}, RoundEnd::kAttemptsUsed};
    }
    if (row == "redelivery_requested") return RedeliveryRequested{.round = delivery.round + 1};
    return emptyEvent(row);
}

Event eventFor(const std::string& row, const Response& response) {
    if (row == "response_created") {
        return ResponseCreated{.kind = "response", .run = response.run + 1};
    }
    if (row == "response_created with background") {
        return ResponseCreated{.kind = "response", .background = true, .run = response.run + 1};
    }
    if (row == "response_completed with payload_digest") return kObject;
    return emptyEvent(row);
}

Event eventFor(const std::string& row, const EndpointState&) {
    return emptyEvent(row);
}

Event eventFor(const std::string& row, const BulkRedelivery&) {
    return emptyEvent(row);
}

}  // namespace waybill::test
