// URLs that the transport sends requests to.
#pragma once

#include <cstddef>
#include <string_view>

#include "waybill/callback_url.h"

namespace waybill {

/// In bytes: a client's URL of 8 KiB, passed on to an upstream, and more.
inline constexpr std::size_t kMaxRequestUrl = 16 * 1024;

/// As `parseCallbackUrl`, for a URL up to kMaxRequestUrl: that of a callback, whose own limit was
/// held to when it was accepted, or of another request.
UrlCheck parseRequestUrl(std::string_view text, const AddressPolicy& policy);

}  // namespace waybill
