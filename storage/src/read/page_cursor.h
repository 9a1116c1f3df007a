// Where a page of a listing begins.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "waybill/admin_api.h"

namespace waybill::sqlite {

/// A delivery's place in an order: what it is ordered by, and its stream's key, which no two share.
struct Place {
    std::int64_t value = 0;  ///< 0 in the order of creation, else microseconds
    std::int64_t key = 0;

    friend auto operator<=>(const Place&, const Place&) = default;
};

/// `c123`, `u1700000000000000.123`, `n1700000000000000.123`.
std::string cursorOf(DeliveryOrder order, const Place& place);

/// Nothing for what `cursorOf` did not write for this order.
std::optional<Place> placeFrom(DeliveryOrder order, std::string_view cursor);

/// For listings in the order of creation alone: `letter` says of what.
std::string cursorOf(char letter, std::int64_t key);
std::optional<std::int64_t> keyFrom(char letter, std::string_view cursor);

/// Whether places go up along a listing: what is due soonest comes first, what is newest comes
/// first.
bool ascends(const PageRequest& request);

}  // namespace waybill::sqlite
