// What can be done about a refused destination.
#pragma once

#include <cstdint>

#include "waybill/address_policy.h"

namespace waybill {

/// Whether `policy` would let a connection pass if the address were allowed. It would not where
/// that is denied, and where this program itself listens. Pure.
bool allowingHelps(const AddressPolicy& policy, const IpAddress& address, std::uint16_t port);

}  // namespace waybill
