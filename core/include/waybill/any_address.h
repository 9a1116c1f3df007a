// The address policy of those who say themselves where to connect.
#pragma once

#include "waybill/address_policy.h"

namespace waybill {

/// Lets every address and port pass: for destinations that the operator names, such as an upstream,
/// and for URLs that are only read. Never for one that a client names. Pure.
AddressPolicy anyAddress();

}  // namespace waybill
