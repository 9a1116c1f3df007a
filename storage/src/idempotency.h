// What a client's idempotency key led to.
#pragma once

#include <optional>
#include <variant>

#include "database.h"
#include "event_table.h"
#include "waybill/event.h"
#include "waybill/event_log.h"

namespace waybill::sqlite {

/// The key that the first event of a delivery or a response was made under; null: none.
inline const IdempotencyKey* idempotencyOf(const Event& event) {
    const std::optional<IdempotencyKey>* key = nullptr;
    if (const auto* accepted = std::get_if<DeliveryAccepted>(&event)) key = &accepted->idempotency;
    if (const auto* created = std::get_if<ResponseCreated>(&event)) key = &created->idempotency;
    return key != nullptr && *key ? &**key : nullptr;
}

/// Looks keys up in `derived_idempotency`. What a row says is held against the events of the stream
/// that it names; where they say something else, the events of the last days are looked through.
class IdempotencyTable {
public:
    explicit IdempotencyTable(Database& database);

    std::optional<IdempotentMatch> find(const Digest& key);

private:
    std::optional<IdempotentMatch> findInEvents(const Digest& key);

    Database& database_;
    EventTable events_;
    Statement find_;
    Statement newest_first_;
};

}  // namespace waybill::sqlite
