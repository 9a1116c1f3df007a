#include "engine/callback_request.h"

#include "waybill/version.h"

namespace waybill {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Who sends what, and when.
void addHeaders(Headers& headers, const std::string& content_type, const std::string& id,
                std::int64_t unix_seconds) {
    headers.reserve(8);
    headers.emplace_back("Content-Type", content_type);
    headers.emplace_back("User-Agent", std::string("Waybill/") + version());
    headers.emplace_back("webhook-id", id);
    headers.emplace_back("webhook-timestamp", std::to_string(unix_seconds));
    // A request that has this makes none, so there is never a second hop.
    headers.emplace_back("waybill-hops", "1");
}

/// The token, and the signatures by every key and by the token.
void addProofs(Headers& headers, const std::string& id, const std::string& token,
               const std::vector<SigningKey>& keys, std::int64_t unix_seconds,
               const std::string& body) {
    std::string signature = signatureHeader(keys, id, unix_seconds, body);
    if (!token.empty()) {
        headers.emplace_back("Authorization", "Bearer " + token);
        if (!signature.empty()) signature += ' ';
        signature += SigningKey::fromToken(token).sign(id, unix_seconds, body);
    }
    if (!signature.empty()) headers.emplace_back("webhook-signature", std::move(signature));
}

}  // namespace

AttemptRequest callbackRequest(const Delivery& delivery, const Destination& destination,
                               Bytes payload, const std::vector<SigningKey>& keys,
                               std::int64_t unix_seconds, Duration timeout) {
    AttemptRequest request;
    request.url = destination.url;
    request.body = std::move(payload);
    request.timeout = timeout;
    request.fresh_connection = delivery.stale_used_in_round;
    addHeaders(request.headers, delivery.content_type, delivery.id, unix_seconds);
    request.headers.emplace_back("waybill-attempt", std::to_string(delivery.attempts));
    addProofs(request.headers, delivery.id, destination.token, keys, unix_seconds, *request.body);
    return request;
}

AttemptRequest checkRequest(const std::string& id, const Destination& destination, Bytes body,
                            const std::vector<SigningKey>& keys, std::int64_t unix_seconds) {
    AttemptRequest request;
    request.url = destination.url;
    request.body = std::move(body);
    request.fresh_connection = true;
    addHeaders(request.headers, "application/json", id, unix_seconds);
    request.headers.emplace_back("waybill-check", "1");
    addProofs(request.headers, id, destination.token, keys, unix_seconds, *request.body);
    return request;
}

}  // namespace waybill
