// The HTTP request of one attempt.
#pragma once

#include <vector>

#include "waybill/delivery.h"
#include "waybill/event_log.h"
#include "waybill/signing.h"
#include "waybill/transport.h"

namespace waybill {

/// The callback request of the delivery's open attempt, signed with every key and with the token.
/// `unix_seconds` is the attempt's own time: receivers reject what is older than minutes, so each
/// attempt is signed anew.
AttemptRequest callbackRequest(const Delivery& delivery, const Destination& destination,
                               Bytes payload, const std::vector<SigningKey>& keys,
                               std::int64_t unix_seconds, Duration timeout);

/// A test of where a delivery goes, marked as one: JSON, signed like a callback.
AttemptRequest checkRequest(const std::string& id, const Destination& destination, Bytes body,
                            const std::vector<SigningKey>& keys, std::int64_t unix_seconds);

}  // namespace waybill
