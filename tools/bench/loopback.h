// Connections to a port of this machine.
#pragma once

#include <cstdint>

namespace waybill::bench {

/// A blocking socket that sends at once; the caller closes it. Throws Poco::SystemException.
int connectToLoopback(std::uint16_t port);

}  // namespace waybill::bench
