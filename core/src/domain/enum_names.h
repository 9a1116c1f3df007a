// One table for an enumeration and its names, read in both directions.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace waybill {

/// Names of the enumerators 0, 1, 2 … in order.
template <typename Enum, std::size_t kCount>
struct EnumNames {
    std::array<std::string_view, kCount> names;

    constexpr std::string_view of(Enum value) const noexcept {
        return names[static_cast<std::size_t>(value)];
    }
    constexpr std::optional<Enum> from(std::string_view text) const noexcept {
        for (std::size_t i = 0; i < kCount; ++i) {
            if (names[i] == text) return static_cast<Enum>(i);
        }
        return std::nullopt;
    }
};

}  // namespace waybill
