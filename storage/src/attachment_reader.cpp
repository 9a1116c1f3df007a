#include "attachment_reader.h"

namespace waybill::sqlite {

namespace {

Bytes firstBlob(Statement& statement, std::uint64_t global_position) {
    statement.bind(1, global_position);
    Query query(statement);
    return query.next() ? makeBytes(std::string(statement.blob(0))) : nullptr;
}

}  // namespace

AttachmentReader::AttachmentReader(Database& database)
    : payload_(database, "SELECT bytes FROM payloads WHERE global_position = ?1"),
      destination_(database,
                   "SELECT url, token IS NOT NULL FROM destinations WHERE global_position = ?1"),
      exchange_(database, "SELECT head, body FROM exchanges WHERE global_position = ?1"),
      requested_object_(database, "SELECT object FROM requests WHERE global_position = ?1") {}

Bytes AttachmentReader::payload(std::uint64_t global_position) {
    return firstBlob(payload_, global_position);
}

Bytes AttachmentReader::requestedObject(std::uint64_t global_position) {
    return firstBlob(requested_object_, global_position);
}

std::optional<ShownDestination> AttachmentReader::destination(std::uint64_t global_position) {
    destination_.bind(1, global_position);
    Query query(destination_);
    if (!query.next()) return std::nullopt;
    return ShownDestination{std::string(destination_.text(0)), destination_.integer(1) != 0};
}

std::optional<Exchange> AttachmentReader::exchange(std::uint64_t global_position) {
    exchange_.bind(1, global_position);
    Query query(exchange_);
    if (!query.next()) return std::nullopt;
    return Exchange{std::string(exchange_.blob(0)), std::string(exchange_.blob(1))};
}

}  // namespace waybill::sqlite
