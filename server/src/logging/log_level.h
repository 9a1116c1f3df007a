// How much the daemon says about itself, and in which form.
#pragma once

#include <optional>
#include <string_view>

namespace waybill::server {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

constexpr std::string_view toString(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::kDebug:
            return "debug";
        case LogLevel::kInfo:
            return "info";
        case LogLevel::kWarn:
            return "warn";
        case LogLevel::kError:
            return "error";
    }
    return "";
}

}  // namespace waybill::server
