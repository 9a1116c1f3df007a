// Derived rows that are not what was written.
#pragma once

#include <functional>
#include <string_view>

#include "waybill/ids.h"

namespace waybill::sqlite {

/// Told of a row of a derived table that is missing, or that somebody or something has changed: it
/// was not believed, the events were read instead. Called each time it is met, on the thread that
/// reads; must be quick.
using DamagedRow = std::function<void(std::string_view table, const StreamId& stream)>;

}  // namespace waybill::sqlite
