#include "cli/figures.h"

#include "waybill/in_words.h"

namespace waybill::cli {

std::string successInWords(std::uint64_t succeeded, std::uint64_t failed) {
    const std::uint64_t all = succeeded + failed;
    if (all == 0) return {};
    if (failed == 0) return "100 %";
    const std::uint64_t thousandths = static_cast<std::uint64_t>(static_cast<double>(succeeded) /
                                                                 static_cast<double>(all) * 1000);
    return std::to_string(thousandths / 10) + '.' + std::to_string(thousandths % 10) + " %";
}

std::string latencyInWords(const std::optional<Duration>& latency) {
    return latency ? shortDuration(*latency) : std::string();
}

}  // namespace waybill::cli
