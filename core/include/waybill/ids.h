// Names of streams.
#pragma once

#include <string>
#include <string_view>

#include "waybill/entropy.h"
#include "waybill/time.h"

namespace waybill {

/// The name of a stream of events, as everybody outside sees it: `dlv_…` (a delivery), `resp_…` (a
/// stored response), `blk_…` (a bulk re-delivery), or an endpoint (`https://example.com:443`).
using StreamId = std::string;

/// What kind of thing a stream is about; fixed by its first event.
enum class StreamKind { kDelivery, kResponse, kEndpoint, kBulk, kLog };

/// A new id: `prefix`, then 26 characters of Crockford's base 32 in lower case: 48 bits of Unix
/// milliseconds, 80 bits of chance. Ids made later sort later (to the millisecond), which keeps the
/// log's index of names appending at its end; the rest cannot be guessed.
StreamId newStreamId(std::string_view prefix, Timestamp now, Entropy& entropy);

inline constexpr std::string_view kDeliveryPrefix = "dlv_";
inline constexpr std::string_view kResponsePrefix = "resp_";
inline constexpr std::string_view kBulkPrefix = "blk_";
inline constexpr std::string_view kCheckPrefix = "chk_";  ///< of test requests; no stream

}  // namespace waybill
