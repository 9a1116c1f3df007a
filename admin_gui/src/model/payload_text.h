// A payload, and what it looks like.
#pragma once

#include <cstddef>
#include <vector>

#include "model/json_tree.h"
#include "waybill/bytes.h"

namespace waybill::gui {

struct PayloadText {
    Bytes bytes{};
    JsonTree tree{};  ///< empty when it is no JSON
    std::vector<std::size_t>
        lines{};  ///< where each line of the raw text begins; long ones are broken
};

PayloadText payloadText(Bytes bytes);

}  // namespace waybill::gui
