// Where the columns of the table of deliveries lie, and which there is room for.
#pragma once

#include <array>

#include "draw/ui.h"

namespace waybill::gui {

enum Column {
    kTicked,
    kStatus,
    kSubject,
    kEndpoint,
    kClient,
    kAttempts,
    kResult,
    kTook,
    kNext,
    kUpdated,
    kCreated,
    kColumns
};

struct DeliveryColumns {
    std::array<float, kColumns> x{};
    std::array<float, kColumns> w{};  ///< 0: not shown
    bool shows(Column column) const { return w[column] > 0; }
    float right(Column column) const { return x[column] + w[column]; }
};

/// Columns go, from the least needed on, as the table gets narrower.
DeliveryColumns deliveryColumns(const Ui& ui, const Rect& area);

}  // namespace waybill::gui
