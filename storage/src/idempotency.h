// What a client's idempotency key led to.
#pragma once

#include <optional>
#include <variant>

#include "waybill/event.h"

namespace waybill::sqlite {

/// The key that the first event of a delivery or a response was made under; null: none.
inline const IdempotencyKey* idempotencyOf(const Event& event) {
    const std::optional<IdempotencyKey>* key = nullptr;
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event)) key = &accepted->idempotency;
    if (const auto* created = std::get_if<ResponseCreated>(&event)) key = &created->idempotency;
    return key != nullptr && *key ? &**key : nullptr;
}

}  // namespace waybill::sqlite
