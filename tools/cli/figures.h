// Figures as tables show them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "waybill/time.h"

namespace waybill::cli {

/// `99.2 %`; empty where there was no attempt. Never rounded up to 100.
std::string successInWords(std::uint64_t succeeded, std::uint64_t failed);

/// Empty where there is none.
std::string latencyInWords(const std::optional<Duration>& latency);

}  // namespace waybill::cli
