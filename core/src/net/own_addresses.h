// Which addresses this machine has.
#pragma once

#include <memory>
#include <vector>

#include "waybill/resolver.h"

namespace waybill {

/// The addresses of this machine's interfaces, loopback's among them, as they were at most a second
/// ago; where the system does not tell, as they were when it last did. Any thread; usually a lock
/// and a copied pointer, once a second a getifaddrs(3).
std::shared_ptr<const std::vector<IpAddress>> ownAddresses();

}  // namespace waybill
