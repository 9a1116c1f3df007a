#include "support/memory_log.h"

#include <algorithm>
#include <utility>

#include "waybill/event_codec.h"
#include "waybill/named_bytes.h"

namespace waybill::test {

MemoryLog::MemoryLog(std::string log_id) : log_id_(std::move(log_id)) {}

void MemoryLog::failNextAppend(AppendFault fault) {
    const std::lock_guard lock(mutex_);
    next_fault_ = fault;
}

void MemoryLog::failNextReopens(int times) {
    const std::lock_guard lock(mutex_);
    failing_reopens_ = times;
}

std::string MemoryLog::logId() const {
    return log_id_;
}

LogHead MemoryLog::head() const {
    const std::lock_guard lock(mutex_);
    return headLocked();
}

LogHead MemoryLog::headLocked() const {
    if (events_.empty()) return {0, genesisHash(log_id_)};
    return {events_.back().global_position, events_.back().hash};
}

void MemoryLog::requireWorking() const {
    if (indeterminate_) {
        throw StoreUnavailable("an earlier append failed halfway: reopen the log first");
    }
}

LogHead MemoryLog::append(Batch& batch, const LogHead& expected_head) {
    const std::lock_guard lock(mutex_);
    requireWorking();
    if (headLocked() != expected_head) throw Fenced("the log has another head than expected");
    States changed = foldInto(batch);

    const std::optional<AppendFault> fault = std::exchange(next_fault_, std::nullopt);
    if (fault == AppendFault::kUnavailable) throw StoreUnavailable("told to fail");
    if (fault != AppendFault::kIndeterminateLost) commit(batch, std::move(changed));
    if (fault) {
        indeterminate_ = true;
        throw StoreIndeterminate("told to fail halfway");
    }
    return headLocked();
}

/// Sets global positions and hashes, and returns the new states of the streams concerned.
MemoryLog::States MemoryLog::foldInto(Batch& batch) const {
    States changed;
    LogHead head = headLocked();
    for (NewEvent& line : batch) {
        RecordedEvent& event = line.recorded;
        const auto known = states_.find(event.stream);
        StreamState& state =
            changed
                .try_emplace(event.stream, known == states_.end() ? StreamState{} : known->second)
                .first->second;
        if (event.position != positionOf(state) + 1) {
            throw Fenced("stream " + event.stream + " is at position " +
                         std::to_string(positionOf(state)) + ", not before " +
                         std::to_string(event.position));
        }
        requireMayFollow(state, event);
        event.global_position = head.global_position + 1;
        event.hash = chainHash(head.hash, event, encodeData(event.event, event.actor_claimed));
        state = fold(std::move(state), event);
        head = {event.global_position, event.hash};
    }
    return changed;
}

void MemoryLog::commit(const Batch& batch, States changed) {
    for (auto& [stream, state] : changed)
        states_[stream] = std::move(state);
    for (const NewEvent& line : batch) {
        events_of_[line.recorded.stream].push_back(events_.size());
        events_.push_back(line.recorded);
        rememberAttachments(line);
    }
}

void MemoryLog::rememberAttachments(const NewEvent& appended) {
    const RecordedEvent& event = appended.recorded;
    if (appended.attachments.erase_payload) erasePayload(event.stream);
    if (std::holds_alternative<ResponseCompleted>(event.event) ||
        std::holds_alternative<ResponseDeleted>(event.event)) {
        eraseRequests(event.stream);
    }
    attachments_[event.global_position] = appended.attachments;
    const auto* accepted = std::get_if<DeliveryAccepted>(&event.event);
    if (accepted && accepted->idempotency) {
        idempotency_[accepted->idempotency->key] = {event.stream, accepted->idempotency->body,
                                                    event.recorded_at};
    }
}

void MemoryLog::erasePayload(const StreamId& stream) {
    const auto attached = attachments_.find(payloadPosition(stream));
    if (attached != attachments_.end()) attached->second.payload = nullptr;
}

void MemoryLog::eraseRequests(const StreamId& stream) {
    for (const std::size_t index : events_of_[stream])
        attachments_[events_[index].global_position].request.reset();
}

/// Where the bytes of a delivery or response lie; 0: it has none.
std::uint64_t MemoryLog::payloadPosition(const StreamId& stream) const {
    const auto known = states_.find(stream);
    if (known == states_.end()) return 0;
    if (const auto* delivery = std::get_if<Delivery>(&known->second)) {
        return delivery->accepted_position;
    }
    if (const auto* response = std::get_if<Response>(&known->second)) {
        return response->payload_position;
    }
    return 0;
}

void MemoryLog::reopen() {
    const std::lock_guard lock(mutex_);
    if (failing_reopens_ > 0) {
        --failing_reopens_;
        throw StoreUnavailable("told not to reopen");
    }
    indeterminate_ = false;
}

void MemoryLog::maintain(bool) {}

std::vector<RecordedEvent> MemoryLog::readStream(const StreamId& stream) const {
    const std::lock_guard lock(mutex_);
    return streamLocked(stream);
}

std::uint64_t MemoryLog::streamPosition(const StreamId& stream) const {
    const std::lock_guard lock(mutex_);
    const auto known = states_.find(stream);
    return known == states_.end() ? 0 : positionOf(known->second);
}

std::vector<RecordedEvent> MemoryLog::readAll(std::uint64_t after, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    const std::size_t begin = std::min<std::size_t>(after, events_.size());
    const std::size_t end = begin + std::min(limit, events_.size() - begin);
    return {events_.begin() + static_cast<std::ptrdiff_t>(begin),
            events_.begin() + static_cast<std::ptrdiff_t>(end)};
}

template <typename State>
std::vector<State> MemoryLog::statesWhere(bool (*wanted)(const State&)) const {
    const std::lock_guard lock(mutex_);
    std::vector<State> found;
    for (const auto& [stream, state] : states_) {
        const auto* held = std::get_if<State>(&state);
        if (held && wanted(*held)) found.push_back(*held);
    }
    return found;
}

std::vector<Delivery> MemoryLog::openDeliveries() const {
    auto open = statesWhere<Delivery>([](const Delivery& delivery) { return delivery.live(); });
    std::sort(open.begin(), open.end(), [](const Delivery& a, const Delivery& b) {
        return a.accepted_position < b.accepted_position;
    });
    return open;
}

void MemoryLog::visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                                    const std::function<void(Delivery)>& visit,
                                    const std::function<void(const CorruptLog&)>&) const {
    for (Delivery& delivery : openDeliveries()) {
        if (delivery.accepted_position <= after) continue;
        if (limit-- == 0) return;
        visit(std::move(delivery));
    }
}

std::size_t MemoryLog::openDeliveryCount() const {
    return openDeliveries().size();
}

std::optional<Delivery> MemoryLog::findDelivery(const StreamId& delivery) const {
    const std::lock_guard lock(mutex_);
    const auto known = states_.find(delivery);
    if (known == states_.end()) return std::nullopt;
    const auto* held = std::get_if<Delivery>(&known->second);
    return held ? std::optional(*held) : std::nullopt;
}

std::optional<Delivery> MemoryLog::findDeliveryAcceptedAt(std::uint64_t global_position) const {
    StreamId stream;
    {
        const std::lock_guard lock(mutex_);
        if (global_position == 0 || global_position > events_.size()) return std::nullopt;
        stream = events_[global_position - 1].stream;
    }
    return findDelivery(stream);
}

std::vector<StreamId> MemoryLog::openResponses() const {
    auto open = statesWhere<Response>([](const Response& response) {
        return response.state == ResponseState::kCreated && !response.from_later_version;
    });
    std::sort(open.begin(), open.end(), [](const Response& a, const Response& b) {
        return a.created_position < b.created_position;
    });
    std::vector<StreamId> ids;
    for (Response& response : open)
        ids.push_back(std::move(response.id));
    return ids;
}

std::vector<EndpointState> MemoryLog::pausedEndpoints() const {
    auto paused =
        statesWhere<EndpointState>([](const EndpointState& endpoint) { return endpoint.paused; });
    std::sort(paused.begin(), paused.end(),
              [](const EndpointState& a, const EndpointState& b) { return a.id < b.id; });
    return paused;
}

std::optional<IdempotentMatch> MemoryLog::findByIdempotencyKey(const Digest& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = idempotency_.find(key);
    return found == idempotency_.end() ? std::nullopt : std::optional(found->second);
}

void MemoryLog::tamper(std::uint64_t global_position,
                       const std::function<void(Attachments&)>& change) {
    const std::lock_guard lock(mutex_);
    Attachments& attached = attachments_[global_position];
    untampered_.try_emplace(global_position, attached);
    change(attached);
}

const Attachments& MemoryLog::attachmentsAt(std::uint64_t global_position) const {
    static const Attachments kNone;
    const auto found = attachments_.find(global_position);
    return found == attachments_.end() ? kNone : found->second;
}

const Attachments& MemoryLog::untamperedAt(std::uint64_t global_position) const {
    const auto found = untampered_.find(global_position);
    return found == untampered_.end() ? attachmentsAt(global_position) : found->second;
}

const RecordedEvent* MemoryLog::eventAt(std::uint64_t global_position) const {
    const bool is_there = global_position != 0 && global_position <= events_.size();
    return is_there ? &events_[global_position - 1] : nullptr;
}

std::vector<RecordedEvent> MemoryLog::streamLocked(const StreamId& stream) const {
    std::vector<RecordedEvent> found;
    const auto known = events_of_.find(stream);
    if (known == events_of_.end()) return found;
    for (const std::size_t index : known->second)
        found.push_back(events_[index]);
    return found;
}

Bytes MemoryLog::payloadLocked(std::uint64_t global_position) const {
    const RecordedEvent* const event = eventAt(global_position);
    if (!event || !payloadNamedBy(event->event)) return nullptr;
    const Bytes& payload = attachmentsAt(global_position).payload;
    checkPayload(*event, payload, payloadWasErased(streamLocked(event->stream)));
    return payload;
}

Bytes MemoryLog::readPayload(std::uint64_t global_position) const {
    const std::lock_guard lock(mutex_);
    return payloadLocked(global_position);
}

std::optional<Destination> MemoryLog::readDestination(std::uint64_t global_position) const {
    const std::lock_guard lock(mutex_);
    const RecordedEvent* const event = eventAt(global_position);
    if (!event || !mayHaveDestination(event->event)) return std::nullopt;
    std::vector<RecordedEvent> history = streamLocked(event->stream);
    history.resize(event->position);
    checkUrl(history, [&](std::uint64_t at) -> std::optional<StoredUrl> {
        const Attachments& attached = attachmentsAt(at);
        if (!attached.destination) return std::nullopt;
        return StoredUrl{attached.destination->url, attached.salt,
                         !attached.destination->token.empty()};
    });
    const auto& destination = attachmentsAt(global_position).destination;
    const auto& sealed = untamperedAt(global_position).destination;
    if (destination && sealed && destination->token != sealed->token)
        throwSealedDamage(global_position, "token");
    return destination;
}

std::optional<StoredRequest> MemoryLog::readRequest(std::uint64_t global_position) const {
    const std::lock_guard lock(mutex_);
    const RecordedEvent* const event = eventAt(global_position);
    if (!event || !hasRequest(event->event)) return std::nullopt;
    const auto& request = attachmentsAt(global_position).request;
    checkRequest(*event, request, requestIsOver(streamLocked(event->stream)));
    const auto& sealed = untamperedAt(global_position).request;
    if (request && sealed && request->client_key != sealed->client_key)
        throwSealedDamage(global_position, "client's key");
    return request;
}

Bytes MemoryLog::readPayloadOf(const Delivery& delivery) const {
    const std::lock_guard lock(mutex_);
    if (delivery.payload_stream.empty()) return payloadLocked(delivery.accepted_position);
    const std::uint64_t position = payloadPosition(delivery.payload_stream);
    const RecordedEvent* const event = eventAt(position);
    const auto named = event ? payloadNamedBy(event->event) : std::nullopt;
    if (!named || named->digest != delivery.payload_digest)
        throw DamagedBytes("The object that the delivery was accepted with is not in the log.");
    return payloadLocked(position);
}

std::optional<Exchange> MemoryLog::readExchange(std::uint64_t global_position) const {
    const std::lock_guard lock(mutex_);
    return attachmentsAt(global_position).exchange;
}

}  // namespace waybill::test
