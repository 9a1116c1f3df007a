// Memory that is given back is wiped first.
#pragma once

namespace waybill::server {

/// Tokens and keys pass through many buffers: what was read, its parsed parts, a command, an
/// attempt. In the program that this is linked into, `operator delete` overwrites each block before
/// it frees it, so that none of them outlives its use; this asks OpenSSL, whose buffers hold what
/// came by TLS, for the same. Before OpenSSL is used for the first time; later it changes nothing.
void wipeFreedMemory() noexcept;

}  // namespace waybill::server
