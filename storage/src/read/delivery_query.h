// A listing's filter as SQL. Indexes and orders for it belong here and in schema.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "log/database.h"
#include "read/page_cursor.h"
#include "waybill/admin_api.h"

namespace waybill::sqlite {

/// Which rows of `derived_delivery`, as `d` beside `streams` as `s`.
class DeliveryQuery {
public:
    explicit DeliveryQuery(const DeliveryFilter& filter);

    /// Only streams with `after < key < before`; 0: no bound.
    void between(std::int64_t after, std::int64_t before);

    /// Only what has a place in an order, and what comes behind `place` in it.
    void inOrder(const PageRequest& request, const std::optional<Place>& place);

    /// `WHERE …`, or nothing.
    std::string where() const;

    /// Binds what `where` refers to. The query must outlive the statement's run.
    void bind(Statement& statement) const;

private:
    using Value = std::variant<std::int64_t, std::string>;

    void equal(const char* column, const std::string& value);
    void require(std::string condition);
    std::string parameter(Value value);

    std::vector<std::string> conditions_;
    std::vector<Value> values_;
};

/// `ORDER BY …`.
std::string orderBy(const PageRequest& request);

/// Why a filter can match nothing at all: a status or reason that does not exist.
std::optional<Refusal> refusalOf(const DeliveryFilter& filter);

}  // namespace waybill::sqlite
