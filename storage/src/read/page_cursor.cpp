#include "read/page_cursor.h"

#include <charconv>

namespace waybill::sqlite {

namespace {

char letterOf(DeliveryOrder order) {
    switch (order) {
        case DeliveryOrder::kCreated:
            return 'c';
        case DeliveryOrder::kUpdated:
            return 'u';
        case DeliveryOrder::kNextAttempt:
            return 'n';
    }
    return 'c';
}

std::optional<std::int64_t> numberFrom(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    if (std::to_string(number) != text) return std::nullopt;  // `007` is nothing we wrote
    return number;
}

}  // namespace

std::string cursorOf(DeliveryOrder order, const Place& place) {
    std::string cursor(1, letterOf(order));
    if (order != DeliveryOrder::kCreated) cursor += std::to_string(place.value) + '.';
    return cursor + std::to_string(place.key);
}

std::optional<Place> placeFrom(DeliveryOrder order, std::string_view cursor) {
    if (cursor.empty() || cursor.front() != letterOf(order)) return std::nullopt;
    cursor.remove_prefix(1);
    std::optional<std::int64_t> value = 0;
    if (order != DeliveryOrder::kCreated) {
        const std::size_t point = cursor.find('.');
        if (point == std::string_view::npos) return std::nullopt;
        value = numberFrom(cursor.substr(0, point));
        cursor.remove_prefix(point + 1);
    }
    const auto key = numberFrom(cursor);
    if (!value || !key) return std::nullopt;
    return Place{*value, *key};
}

std::string cursorOf(char letter, std::int64_t key) {
    return letter + std::to_string(key);
}

std::optional<std::int64_t> keyFrom(char letter, std::string_view cursor) {
    if (cursor.empty() || cursor.front() != letter) return std::nullopt;
    return numberFrom(cursor.substr(1));
}

bool ascends(const PageRequest& request) {
    return (request.order == DeliveryOrder::kNextAttempt) != request.reverse;
}

}  // namespace waybill::sqlite
