// What a completion callback is: two keys in the `metadata` of a create request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "waybill/callback_url.h"
#include "waybill/event_log.h"

namespace waybill {

inline constexpr std::string_view kCallbackUrlKey = "completion_webhook";
inline constexpr std::string_view kCallbackTokenKey = "webhook_token";

/// What a create request asks for.
struct CompletionCallback {
    std::optional<Destination> destination{};  ///< set when a callback is to be sent
    std::optional<Unusable> ignored{};         ///< set when one was asked for that cannot be sent
};

/// Reads the value of `metadata`, as JSON text. Anything but an object, or an object without the
/// URL key (or with `null` or an empty string there): nothing asked. Never throws; malformed text
/// is "nothing asked". Pure.
CompletionCallback readCompletionCallback(std::string_view metadata_json,
                                          const AddressPolicy& policy);

}  // namespace waybill
