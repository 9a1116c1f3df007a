#include "read/delivery_query.h"

#include <utility>

#include "waybill/delivery.h"
#include "waybill/event.h"

namespace waybill::sqlite {

namespace {

const char* columnOf(DeliveryOrder order) {
    return order == DeliveryOrder::kUpdated ? "d.updated_at" : "d.next_attempt_at";
}

}  // namespace

DeliveryQuery::DeliveryQuery(const DeliveryFilter& filter) {
    equal("d.status", filter.status);
    equal("d.endpoint", filter.endpoint);
    equal("d.client", filter.client);
    equal("d.subject", filter.subject);
    equal("d.last_reason", filter.reason);
    if (filter.http_status) {
        require("d.last_http_status = " + parameter(std::int64_t{*filter.http_status}));
    }
    if (filter.since) {
        require("d.created_at >= " + parameter(filter.since->time_since_epoch().count()));
    }
    if (filter.until) {
        require("d.created_at < " + parameter(filter.until->time_since_epoch().count()));
    }
    if (!filter.q.empty()) {
        const std::string prefix = parameter(filter.q);
        require("(instr(s.id, " + prefix + ") = 1 OR instr(d.subject, " + prefix +
                ") = 1 OR EXISTS(SELECT 1 FROM destinations x WHERE x.global_position = "
                "d.destination_position AND instr(x.url, " +
                prefix + ") = 1))");
    }
}

void DeliveryQuery::between(std::int64_t after, std::int64_t before) {
    if (after != 0) require("d.stream > " + parameter(after));
    if (before != 0) require("d.stream < " + parameter(before));
}

void DeliveryQuery::inOrder(const PageRequest& request, const std::optional<Place>& place) {
    if (request.order == DeliveryOrder::kNextAttempt) require("d.next_attempt_at IS NOT NULL");
    if (!place) return;
    const std::string beyond = ascends(request) ? " > " : " < ";
    if (request.order == DeliveryOrder::kCreated) {
        require("d.stream" + beyond + parameter(place->key));
    } else {
        const std::string value = parameter(place->value);
        require('(' + std::string(columnOf(request.order)) + ", d.stream)" + beyond + '(' + value +
                ", " + parameter(place->key) + ')');
    }
}

std::string DeliveryQuery::where() const {
    std::string sql;
    for (const std::string& condition : conditions_)
        sql += (sql.empty() ? "WHERE " : " AND ") + condition;
    return sql;
}

void DeliveryQuery::bind(Statement& statement) const {
    int parameter = 0;
    for (const Value& value : values_) {
        ++parameter;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            statement.bind(parameter, *number);
        } else {
            statement.bindText(parameter, std::get<std::string>(value));
        }
    }
}

void DeliveryQuery::equal(const char* column, const std::string& value) {
    if (!value.empty()) require(column + (" = " + parameter(value)));
}

void DeliveryQuery::require(std::string condition) {
    conditions_.push_back(std::move(condition));
}

std::string DeliveryQuery::parameter(Value value) {
    values_.push_back(std::move(value));
    return '?' + std::to_string(values_.size());
}

std::string orderBy(const PageRequest& request) {
    const std::string direction = ascends(request) ? " ASC" : " DESC";
    std::string sql = "ORDER BY ";
    if (request.order != DeliveryOrder::kCreated) {
        sql += columnOf(request.order) + direction + ", ";
    }
    return sql + "d.stream" + direction;
}

std::optional<Refusal> refusalOf(const DeliveryFilter& filter) {
    if (!filter.status.empty() && !deliveryStatusFrom(filter.status)) {
        return Refusal{RefusalCode::kInvalid,
                       "status must be pending, attempting, delivered, failed or cancelled",
                       "status"};
    }
    if (!filter.reason.empty() && !failureReasonFrom(filter.reason)) {
        return Refusal{RefusalCode::kInvalid,
                       "reason must be http_status, timeout, dns, connect, tls, protocol, "
                       "refused_address, stale_connection, local_fault or damaged",
                       "reason"};
    }
    return std::nullopt;
}

}  // namespace waybill::sqlite
