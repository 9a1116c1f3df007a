// The columns of the derived tables: one list for each kind of state, from which the tables are
// made and rows are written, read and compared. The structured bindings name every member, so that
// a new one does not compile until it is given a column here.
#pragma once

#include <concepts>
#include <type_traits>

#include "waybill/bulk_redelivery.h"
#include "waybill/delivery.h"
#include "waybill/endpoint.h"
#include "waybill/response.h"

namespace waybill::sqlite {

template <typename T, typename State>
concept MaybeConst = std::same_as<std::remove_const_t<T>, State>;

/// Calls `column(name, member)` for each. The id is not among them: it is the stream's, in
/// `streams`.
template <MaybeConst<Delivery> State, typename Column>
void visitColumns(State& state, Column&& column) {
    auto& [id, status, attempt_open, endpoint, client, subject, content_type, payload_digest,
           payload_bytes, payload_stream, payload_erased, policy, round, attempts, counted_in_round,
           stale_used_in_round, next_attempt_at, next_cause, round_end, last, created_at,
           updated_at, position, accepted_position, destination_position, from_later_version] =
        state;
    auto& [last_attempt, last_cause, last_status, last_started_at, last_duration, last_http_status,
           last_reason] = last;
    column("status", status);
    column("attempt_open", attempt_open);
    column("endpoint", endpoint);
    column("client", client);
    column("subject", subject);
    column("content_type", content_type);
    column("payload_digest", payload_digest);
    column("payload_bytes", payload_bytes);
    column("payload_stream", payload_stream);
    column("payload_erased", payload_erased);
    column("policy", policy);
    column("round", round);
    column("attempts", attempts);
    column("counted_in_round", counted_in_round);
    column("stale_used_in_round", stale_used_in_round);
    column("next_attempt_at", next_attempt_at);
    column("next_cause", next_cause);
    column("round_end", round_end);
    column("last_attempt", last_attempt);
    column("last_cause", last_cause);
    column("last_status", last_status);
    column("last_started_at", last_started_at);
    column("last_duration_us", last_duration);
    column("last_http_status", last_http_status);
    column("last_reason", last_reason);
    column("created_at", created_at);
    column("updated_at", updated_at);
    column("position", position);
    column("accepted_position", accepted_position);
    column("destination_position", destination_position);
    column("from_later_version", from_later_version);
}

template <MaybeConst<Response> State, typename Column>
void visitColumns(State& state, Column&& column) {
    auto& [id, response_state, object_id, kind, client, model, status, background, run,
           payload_erased, payload_digest, payload_bytes, delivery, created_at, updated_at,
           position, created_position, payload_position, from_later_version] = state;
    column("state", response_state);
    column("object_id", object_id);
    column("kind", kind);
    column("client", client);
    column("model", model);
    column("status", status);
    column("background", background);
    column("run", run);
    column("payload_erased", payload_erased);
    column("payload_digest", payload_digest);
    column("payload_bytes", payload_bytes);
    column("delivery", delivery);
    column("created_at", created_at);
    column("updated_at", updated_at);
    column("position", position);
    column("created_position", created_position);
    column("payload_position", payload_position);
    column("from_later_version", from_later_version);
}

template <MaybeConst<EndpointState> State, typename Column>
void visitColumns(State& state, Column&& column) {
    auto& [id, paused, reason, actor, updated_at, position, from_later_version] = state;
    column("paused", paused);
    column("reason", reason);
    column("actor", actor);
    column("updated_at", updated_at);
    column("position", position);
    column("from_later_version", from_later_version);
}

template <MaybeConst<BulkRedelivery> State, typename Column>
void visitColumns(State& state, Column&& column) {
    auto& [id, requested, paused, finished, stopped, filter, matched, rate_per_minute, reason, done,
           refused, actor, created_at, updated_at, position, from_later_version] = state;
    column("requested", requested);
    column("paused", paused);
    column("finished", finished);
    column("stopped", stopped);
    column("filter", filter);
    column("matched", matched);
    column("rate_per_minute", rate_per_minute);
    column("reason", reason);
    column("done", done);
    column("refused", refused);
    column("actor", actor);
    column("created_at", created_at);
    column("updated_at", updated_at);
    column("position", position);
    column("from_later_version", from_later_version);
}

}  // namespace waybill::sqlite
