#include "index/row_source.h"

#include <algorithm>

namespace waybill::sqlite::index {

namespace {

std::uint64_t microsOf(Timestamp time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

}  // namespace

SourceRow sourceRowOf(const Delivery& delivery) {
    SourceRow row;
    row.status = delivery.status;
    row.reason = delivery.last_attempt.reason;
    row.http_status = delivery.last_attempt.http_status;
    row.endpoint = delivery.endpoint;
    row.client = delivery.client;
    row.subject = delivery.subject;
    row.created = microsOf(delivery.created_at);
    row.updated = microsOf(delivery.updated_at);
    if (delivery.next_attempt_at)
        row.next = std::max<std::uint64_t>(microsOf(*delivery.next_attempt_at), 1);
    row.destination = delivery.destination_position;
    return row;
}

RowSource::RowSource(Database& log)
    : find_(log,
            "SELECT status, last_reason, last_http_status, endpoint, client, subject, created_at, "
            "updated_at, next_attempt_at, destination_position FROM derived_delivery "
            "WHERE stream = ?1"),
      id_(log, "SELECT id FROM streams WHERE stream = ?1"),
      url_(log, "SELECT url FROM destinations WHERE global_position = ?1") {}

SourceRow RowSource::current() const {
    SourceRow row;
    row.status = deliveryStatusFrom(find_.text(0)).value_or(DeliveryStatus::kNone);
    if (!find_.isNull(1)) row.reason = failureReasonFrom(find_.text(1));
    if (!find_.isNull(2)) row.http_status = static_cast<std::uint16_t>(find_.integer(2));
    row.endpoint = find_.text(3);
    row.client = find_.text(4);
    row.subject = find_.text(5);
    const auto time = [&](int column) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(find_.integer(column), 0));
    };
    row.created = time(6);
    row.updated = time(7);
    row.next = find_.isNull(8) ? 0 : std::max<std::uint64_t>(time(8), 1);
    row.destination = find_.unsignedInteger(9);
    return row;
}

std::string RowSource::idOf(std::int64_t key) {
    id_.bind(1, key);
    Query query(id_);
    return query.next() ? std::string(id_.text(0)) : std::string();
}

/// Empty for one on a damaged page, as for one that is gone.
std::string RowSource::urlAt(std::uint64_t destination) {
    try {
        url_.bind(1, destination);
        Query query(url_);
        return query.next() ? std::string(url_.text(0)) : std::string();
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        return {};
    }
}

bool RowSource::matches(const DeliveryFilter& filter, std::int64_t key, const SourceRow& row) {
    const auto is = [](const std::string& asked, std::string_view value) {
        return asked.empty() || asked == value;
    };
    return is(filter.status, toString(row.status)) && is(filter.endpoint, row.endpoint) &&
           is(filter.client, row.client) && is(filter.subject, row.subject) &&
           is(filter.reason, row.reason ? toString(*row.reason) : std::string_view()) &&
           (!filter.http_status || filter.http_status == row.http_status) &&
           (!filter.since || row.created >= microsOf(*filter.since)) &&
           (!filter.until || row.created < microsOf(*filter.until)) &&
           (filter.q.empty() || matchesText(filter.q, key, row));
}

bool RowSource::matchesText(const std::string& q, std::int64_t key, const SourceRow& row) {
    return row.subject.starts_with(q) || idOf(key).starts_with(q) ||
           urlAt(row.destination).starts_with(q);
}

std::uint64_t hashOf(std::string_view text) {
    if (text.empty()) return 0;
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, folded
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return std::max<std::uint64_t>((hash >> 32 ^ hash) & 0xffffffff, 1);
}

std::uint64_t codeOf(DeliveryStatus status) {
    return static_cast<std::uint64_t>(status);
}
std::uint64_t codeOf(FailureReason reason) {
    return static_cast<std::uint64_t>(reason) + 1;
}

}  // namespace waybill::sqlite::index
