#include "audit/attachment_check.h"

#include <utility>

#include "log/event_table.h"
#include "log/rebuild.h"
#include "log/vault.h"

namespace waybill::sqlite {

namespace {

bool hasDigest(const std::optional<BytesDigest>& named, std::string_view salt,
               std::string_view bytes) {
    return named && named->size == bytes.size() && named->digest == saltedSha256(salt, bytes);
}

constexpr const char* kSecretsUnchecked =
    "sealed secrets: no secrets.key that can be read lies beside the log";
constexpr const char* kRequestsUnchecked =
    "rows of requests: no digest covers what a background response has still to ask";
constexpr const char* kUrlsUnchecked =
    "URLs in destinations: no digest covers where a background response will call back";
constexpr const char* kUrlsGone = "URLs of finished deliveries that are not there any more";
constexpr const char* kAnswersGone = "answers of receivers that are not there any more";
constexpr const char* kAnswersLeft =
    "answers of receivers that an earlier version kept though the payload was erased: the next "
    "start erases them";

}  // namespace

AttachmentCheck::AttachmentCheck(Database& database, Findings& findings, const SecretBox* box)
    : database_(database),
      findings_(findings),
      box_(box),
      log_id_(box == nullptr ? "" : readLogId(database)),
      find_payload_(database, "SELECT bytes FROM payloads WHERE global_position = ?1"),
      find_destination_(database,
                        "SELECT url, salt, token FROM destinations WHERE global_position = ?1"),
      find_exchange_(database, "SELECT head, body, salt FROM exchanges WHERE global_position = ?1"),
      find_request_(database, "SELECT client_key FROM requests WHERE global_position = ?1"),
      answers_are_erased_(answersAreErased(database)) {}

void AttachmentCheck::checkEvent(const RecordedEvent& event) {
    begin(event.stream);
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event.event)) {
        checkDestination(event, &accepted->url_digest, &accepted->has_token);
    } else if (const auto* again = std::get_if<RedeliveryRequested>(&event.event)) {
        if (again->token_changed) token_.reset();
        if (again->token_dropped) token_ = false;
        if (again->url_digest || again->token_changed)
            checkDestination(event, again->url_digest ? &*again->url_digest : nullptr,
                             token_ ? &*token_ : nullptr);
    } else if (const auto* succeeded = std::get_if<AttemptSucceeded>(&event.event)) {
        checkExchange(event, succeeded->exchange);
    } else if (const auto* failed = std::get_if<AttemptFailed>(&event.event)) {
        checkExchange(event, failed->exchange);
    } else if (const auto* created = std::get_if<ResponseCreated>(&event.event)) {
        if (created->background) checkRequest(event);
    }
}

void AttachmentCheck::begin(const StreamId& stream) {
    if (stream == stream_) return;
    findings_.leaveUnchecked(kAnswersGone, std::exchange(answers_gone_, 0));
    answers_.clear();
    stream_ = stream;
    url_.reset();
    token_.reset();
    requests_.clear();
}

void AttachmentCheck::report(const RecordedEvent& event, const char* rule) {
    findings_.add({event.global_position, event.stream, event.position, rule});
}

/// An event that changes the token alone has the URL of before beside it, one that changes the URL
/// alone the token.
void AttachmentCheck::checkDestination(const RecordedEvent& event, const Digest* digest,
                                       const bool* has_token) {
    find_destination_.bind(1, event.global_position);
    Query query(find_destination_);
    if (!query.next()) {
        url_.reset();
        token_.reset();
        return;
    }
    ++rows_.destinations;
    const std::string_view url = find_destination_.text(0);
    if (digest != nullptr && saltedSha256(find_destination_.blob(1), url) != *digest) {
        report(event, "the URL beside the event has the digest that the event names");
    } else if (digest == nullptr && url_ && *url_ != url) {
        report(event, "the URL beside the event is the one of before: the event names no other");
    }
    url_ = url;
    if (has_token != nullptr && *has_token == find_destination_.isNull(2))
        report(event, "a token lies beside the event exactly when the events say so");
    token_ = !find_destination_.isNull(2);
    if (!find_destination_.isNull(2)) checkSecret(event, Vault::kToken, find_destination_.blob(2));
}

void AttachmentCheck::checkSecret(const RecordedEvent& event, const char* use,
                                  std::string_view sealed) {
    if (box_ == nullptr) return findings_.leaveUnchecked(kSecretsUnchecked);
    if (!box_->open(sealed, Vault::contextOf(log_id_, use, event.global_position)))
        report(event, "a sealed secret beside the event opens with the log's key");
}

/// No event says what was asked. What it says is that it is gone once the response is over.
void AttachmentCheck::checkRequest(const RecordedEvent& event) {
    find_request_.bind(1, event.global_position);
    {
        Query query(find_request_);
        if (query.next()) {
            ++rows_.requests;
            requests_.push_back(event.global_position);
            findings_.leaveUnchecked(kRequestsUnchecked);
            if (!find_request_.isNull(0))
                checkSecret(event, Vault::kClientKey, find_request_.blob(0));
        }
    }
    find_destination_.bind(1, event.global_position);
    Query query(find_destination_);
    if (!query.next()) return;
    ++rows_.destinations;
    findings_.leaveUnchecked(kUrlsUnchecked);
    if (!find_destination_.isNull(2)) checkSecret(event, Vault::kToken, find_destination_.blob(2));
}

void AttachmentCheck::checkExchange(const RecordedEvent& event, const ExchangeSummary& exchange) {
    const bool is_named = exchange.response_head || exchange.response_body;
    find_exchange_.bind(1, event.global_position);
    Query query(find_exchange_);
    if (!query.next()) {
        answers_gone_ += is_named ? 1 : 0;
        return;
    }
    ++rows_.exchanges;
    answers_.push_back(event.global_position);
    const std::string_view salt = find_exchange_.blob(2);
    bytes_ += find_exchange_.blob(0).size() + find_exchange_.blob(1).size();
    if (!hasDigest(exchange.response_head, salt, find_exchange_.blob(0)) ||
        !hasDigest(exchange.response_body, salt, find_exchange_.blob(1))) {
        report(event, "the answer beside the event has the digests that the event names");
    }
}

void AttachmentCheck::checkPayload(const StreamState& state) {
    if (const auto* delivery = std::get_if<Delivery>(&state)) {
        checkStillToSend(*delivery);
        checkErasedAnswers(*delivery);
        if (!delivery->payload_stream.empty()) return;  // its bytes are the response's
        checkPayload(delivery->id, delivery->accepted_position, delivery->payload_digest,
                     delivery->payload_bytes, delivery->payload_erased);
    } else if (const auto* response = std::get_if<Response>(&state)) {
        if (response->state != ResponseState::kCreated && response->id == stream_ &&
            !requests_.empty()) {
            findings_.add({requests_.front(), response->id, 0,
                           "the request of a response that is over is gone: it is still there"});
        }
        if (response->payload_position == 0) return;
        checkPayload(response->id, response->payload_position, response->payload_digest,
                     response->payload_bytes, response->payload_erased);
    }
}

void AttachmentCheck::checkStillToSend(const Delivery& delivery) {
    find_destination_.bind(1, delivery.destination_position);
    Query query(find_destination_);
    if (query.next()) return;
    if (!delivery.live()) return findings_.leaveUnchecked(kUrlsGone);
    findings_.add({delivery.destination_position, delivery.id, 0,
                   "the URL of a delivery that is still to be sent is there"});
}

void AttachmentCheck::checkErasedAnswers(const Delivery& delivery) {
    if (!delivery.payload_erased || delivery.id != stream_) return;
    answers_gone_ = 0;
    if (answers_.empty()) return;
    if (!answers_are_erased_) return findings_.leaveUnchecked(kAnswersLeft, answers_.size());
    findings_.add({answers_.front(), delivery.id, 0,
                   "the answers to a delivery whose payload was erased are gone: one is still "
                   "there"});
}

void AttachmentCheck::checkPayload(const StreamId& stream, std::uint64_t global_position,
                                   const Digest& digest, std::uint64_t bytes, bool erased) {
    const auto report = [&](const char* rule) {
        findings_.add({global_position, stream, 0, rule});
    };
    find_payload_.bind(1, global_position);
    Query query(find_payload_);
    const bool found = query.next();
    if (found) ++rows_.payloads;
    if (!found && !erased) return report("the payload is there until an event says it was erased");
    if (found && erased) return report("an erased payload is gone: it is still there");
    if (!found) return;
    const std::string_view payload = find_payload_.blob(0);
    bytes_ += payload.size();
    if (payload.size() != bytes || sha256(payload) != digest) {
        report("the payload has the size and the digest that the event names");
    }
}

void AttachmentCheck::checkLeftOvers(bool all_sound, bool all_known) {
    begin({});
    const struct {
        const char* table;
        std::uint64_t accounted;
        const char* types;
    } tables[] = {
        {"payloads", rows_.payloads, "'delivery_accepted', 'response_completed'"},
        {"destinations", rows_.destinations,
         "'delivery_accepted', 'redelivery_requested', 'response_created'"},
        {"exchanges", rows_.exchanges, "'attempt_succeeded', 'attempt_failed'"},
        {"requests", rows_.requests, "'response_created'"},
    };
    const bool counts = all_sound && all_known;
    for (const auto& [table, accounted, types] : tables) {
        const auto rows = static_cast<std::uint64_t>(
            database_.number(std::string("SELECT count(1) FROM ") + table));
        if (counts && rows == accounted) continue;
        const std::string of_others =
            all_known ? std::string(" OR e.type NOT IN (") + types + ")" : "";
        if (nameLeftOvers(table, of_others) || !counts) continue;
        findings_.add({.rule = std::string(table) + " has " + std::to_string(rows) +
                               " rows, the events account for " + std::to_string(accounted)});
    }
}

/// False: each row lies beside an event that may have one.
bool AttachmentCheck::nameLeftOvers(const std::string& table, const std::string& of_others) {
    Statement statement(database_, "SELECT t.global_position FROM " + table +
                                       " t LEFT JOIN event_log e USING(global_position) "
                                       "WHERE e.type IS NULL" +
                                       of_others + " LIMIT 3");
    bool named = false;
    Query query(statement);
    while (query.next()) {
        named = true;
        findings_.add({.global_position = statement.unsignedInteger(0),
                       .rule = "every row of " + table + " lies beside an event that has one"});
    }
    return named;
}

}  // namespace waybill::sqlite
