// Bytes that travel through the engine, and the digests that name them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waybill {

/// Immutable shared bytes: a payload is never copied between the request, the log and the wire.
/// Null means "none", which is not the same as empty.
using Bytes = std::shared_ptr<const std::string>;

/// Takes over `text` without copying it.
Bytes makeBytes(std::string text);

/// A SHA-256 (FIPS 180-4).
using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of `bytes`. Any thread. Costs about 0.5 µs a KiB.
Digest sha256(std::string_view bytes);

/// SHA-256 of `salt` followed by `bytes`: the digest of what must not be guessable from its digest.
Digest saltedSha256(std::string_view salt, std::string_view bytes);

/// 64 lower-case hexadecimal digits.
std::string toHex(const Digest& digest);

/// The same at the end of `out`.
void appendHex(std::string& out, const Digest& digest);

/// The inverse of `toHex`; nothing for anything but 64 hexadecimal digits.
std::optional<Digest> digestFromHex(std::string_view hex);

}  // namespace waybill
