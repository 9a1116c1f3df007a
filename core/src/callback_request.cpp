#include "callback_request.h"

#include "waybill/version.h"

namespace waybill {

AttemptRequest callbackRequest(const Delivery& delivery, const Destination& destination,
                               Bytes payload, const std::vector<SigningKey>& keys,
                               std::int64_t unix_seconds, Duration timeout) {
    AttemptRequest request;
    request.url = destination.url;
    request.body = std::move(payload);
    request.timeout = timeout;
    request.fresh_connection = delivery.stale_used_in_round;

    auto& headers = request.headers;
    headers.reserve(7);
    headers.emplace_back("Content-Type", delivery.content_type);
    headers.emplace_back("User-Agent", std::string("Waybill/") + version());
    headers.emplace_back("webhook-id", delivery.id);
    headers.emplace_back("webhook-timestamp", std::to_string(unix_seconds));
    headers.emplace_back("waybill-attempt", std::to_string(delivery.attempts));

    std::string signature = signatureHeader(keys, delivery.id, unix_seconds, *request.body);
    if (!destination.token.empty()) {
        headers.emplace_back("Authorization", "Bearer " + destination.token);
        if (!signature.empty()) signature += ' ';
        signature +=
            SigningKey::fromToken(destination.token).sign(delivery.id, unix_seconds, *request.body);
    }
    if (!signature.empty()) headers.emplace_back("webhook-signature", std::move(signature));
    return request;
}

}  // namespace waybill
