#include "waybill/nearest_name.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace waybill {
namespace {

constexpr std::size_t kMaxNameLength = 64;

char folded(char c) {
    if (c == '_') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Optimal string alignment. Three rows are enough: a swap looks back two.
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kMaxNameLength + 1>;
    Row before_previous{};
    Row previous{};
    Row current{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const char x = folded(a[i - 1]);
            const char y = folded(b[j - 1]);
            current[j] =
                std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x == y ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]);
            if (swapped) current[j] = std::min(current[j], before_previous[j - 2] + 1);
        }
        before_previous = previous;
        previous = current;
    }
    return previous[b.size()];
}

}  // namespace

std::string nearestName(std::string_view typed, std::span<const std::string_view> known) {
    if (typed.empty() || typed.size() > kMaxNameLength) return {};
    std::string_view nearest;
    std::size_t nearest_distance = kMaxNameLength + 1;
    for (const std::string_view name : known) {
        if (name.empty() || name.size() > kMaxNameLength) continue;
        const std::size_t allowed =
            std::max<std::size_t>(1, std::max(typed.size(), name.size()) / 3);
        const std::size_t found = distance(typed, name);
        if (found <= allowed && found < nearest_distance) {
            nearest = name;
            nearest_distance = found;
        }
    }
    return std::string(nearest);
}

}  // namespace waybill
