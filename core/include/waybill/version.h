// The version of the library, of every binary, and of the `User-Agent` of a callback.
#pragma once

namespace waybill {

/// For example "0.1.0" (semantic versioning). Any thread.
const char* version() noexcept;

}  // namespace waybill
