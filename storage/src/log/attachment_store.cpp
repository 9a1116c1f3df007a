#include "log/attachment_store.h"

#include <string>
#include <utility>

#include "waybill/named_bytes.h"

namespace waybill::sqlite {

namespace {

/// A larger payload is written into its place: SQLite would copy one that is bound whole.
constexpr std::size_t kLargestBound = 1024 * 1024;

const std::string kEventsOf =
    "(SELECT e.global_position FROM streams s JOIN event_log e ON e.stream = s.stream "
    "WHERE s.id = ?1)";

/// No secret at all is NULL.
void bindSealed(Statement& statement, int parameter, const std::string& sealed) {
    sealed.empty() ? statement.bindNull(parameter) : statement.bindBlob(parameter, sealed);
}

}  // namespace

AttachmentStore::AttachmentStore(Database& database, EventTable& events, Vault& vault)
    : database_(database),
      vault_(vault),
      reader_(database, events),
      insert_payload_(database, "INSERT INTO payloads(global_position, bytes) VALUES(?1, ?2)"),
      reserve_payload_(database,
                       "INSERT INTO payloads(global_position, bytes) VALUES(?1, zeroblob(?2))"),
      insert_destination_(database,
                          "INSERT INTO destinations(global_position, url, token, salt) "
                          "VALUES(?1, ?2, ?3, ?4)"),
      insert_exchange_(database,
                       "INSERT INTO exchanges(global_position, head, body, salt) "
                       "VALUES(?1, ?2, ?3, ?4)"),
      insert_request_(database,
                      "INSERT INTO requests(global_position, body, headers, object, client_key) "
                      "VALUES(?1, ?2, ?3, ?4, ?5)"),
      payloads_of_(database, "SELECT bytes FROM payloads WHERE global_position IN" + kEventsOf),
      requests_of_(database,
                   "SELECT body, headers, object, client_key FROM requests "
                   "WHERE global_position IN" +
                       kEventsOf),
      exchanges_of_(database,
                    "SELECT head, body FROM exchanges WHERE global_position IN" + kEventsOf),
      erase_payload_(database, "DELETE FROM payloads WHERE global_position = ?1"),
      erase_exchanges_(database,
                       "DELETE FROM exchanges WHERE global_position IN "
                       "(SELECT global_position FROM event_log WHERE stream = ?1)"),
      erase_requests_(database,
                      "DELETE FROM requests WHERE global_position IN "
                      "(SELECT global_position FROM event_log WHERE stream = ?1)"),
      find_destination_(database, "SELECT token FROM destinations WHERE global_position = ?1"),
      find_request_(database,
                    "SELECT body, headers, object, client_key FROM requests "
                    "WHERE global_position = ?1") {}

void AttachmentStore::insert(std::uint64_t global_position, const Attachments& attachments) {
    if (attachments.payload) insertPayload(global_position, attachments);
    if (attachments.destination) insertDestination(global_position, attachments);
    if (attachments.exchange) insertExchange(global_position, attachments);
    if (attachments.request) insertRequest(global_position, attachments);
}

void AttachmentStore::insertPayload(std::uint64_t global_position, const Attachments& attachments) {
    const std::string& payload = *attachments.payload;
    if (payload.size() > kLargestBound) return writePayload(global_position, payload);
    insert_payload_.bind(1, global_position);
    insert_payload_.bindBlob(2, payload);
    insert_payload_.run();
}

void AttachmentStore::writePayload(std::uint64_t global_position, const std::string& payload) {
    reserve_payload_.bind(1, global_position);
    reserve_payload_.bind(2, std::uint64_t{payload.size()});
    reserve_payload_.run();
    sqlite3_blob* place = nullptr;
    int code = sqlite3_blob_open(database_.handle(), "main", "payloads", "bytes",
                                 static_cast<sqlite3_int64>(global_position), 1, &place);
    if (code == SQLITE_OK)
        code = sqlite3_blob_write(place, payload.data(), static_cast<int>(payload.size()), 0);
    const int closed = sqlite3_blob_close(place);
    if (code == SQLITE_OK) code = closed;
    if (code != SQLITE_OK) database_.fail(code);
}

void AttachmentStore::insertDestination(std::uint64_t global_position,
                                        const Attachments& attachments) {
    const Destination& destination = *attachments.destination;
    const std::string token =
        vault_.sealIfAny(destination.token, SecretUse::kToken, global_position);
    insert_destination_.bind(1, global_position);
    insert_destination_.bindText(2, destination.url);
    bindSealed(insert_destination_, 3, token);
    insert_destination_.bindBlob(4, attachments.salt);
    insert_destination_.run();
}

void AttachmentStore::insertExchange(std::uint64_t global_position,
                                     const Attachments& attachments) {
    insert_exchange_.bind(1, global_position);
    insert_exchange_.bindBlob(2, attachments.exchange->head);
    insert_exchange_.bindBlob(3, attachments.exchange->body);
    insert_exchange_.bindBlob(4, attachments.salt);
    insert_exchange_.run();
}

void AttachmentStore::insertRequest(std::uint64_t global_position, const Attachments& attachments) {
    const StoredRequest& request = *attachments.request;
    const std::string client_key =
        vault_.sealIfAny(request.client_key, SecretUse::kClientKey, global_position);
    insert_request_.bind(1, global_position);
    insert_request_.bindBlob(2, request.body);
    insert_request_.bindText(3, request.headers);
    insert_request_.bindBlob(4, request.object);
    bindSealed(insert_request_, 5, client_key);
    insert_request_.run();
}

void AttachmentStore::erasePayload(std::uint64_t global_position) {
    erase_payload_.bind(1, global_position);
    erase_payload_.run();
}

void AttachmentStore::eraseRequests(std::int64_t stream_key) {
    erase_requests_.bind(1, stream_key);
    erase_requests_.run();
}

void AttachmentStore::eraseExchanges(std::int64_t stream_key) {
    erase_exchanges_.bind(1, stream_key);
    erase_exchanges_.run();
}

bool AttachmentStore::canErase(const StreamId& stream) {
    try {
        for (Statement* read : {&payloads_of_, &requests_of_, &exchanges_of_}) {
            read->bindText(1, stream);
            Query query(*read);
            while (query.next()) {
            }
        }
        return true;
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        return false;
    }
}

std::optional<Destination> AttachmentStore::destination(std::uint64_t global_position) {
    auto shown = reader_.destination(global_position);
    if (!shown) return std::nullopt;
    Destination found{.url = std::move(shown->url)};
    const auto token = readBeside(global_position, [&]() -> std::optional<std::string> {
        find_destination_.bind(1, global_position);
        Query query(find_destination_);
        if (!query.next() || find_destination_.isNull(0)) return std::nullopt;
        return std::string(find_destination_.blob(0));
    });
    if (token) found.token = vault_.open(*token, SecretUse::kToken, global_position);
    return found;
}

std::optional<StoredRequest> AttachmentStore::request(std::uint64_t global_position) {
    const RecordedEvent* const event = reader_.event(global_position);
    if (!event || !hasRequest(event->event)) return std::nullopt;
    std::optional<std::string> client_key;
    auto found = readBeside(global_position, [&]() -> std::optional<StoredRequest> {
        find_request_.bind(1, global_position);
        Query query(find_request_);
        if (!query.next()) return std::nullopt;
        if (!find_request_.isNull(3)) client_key = find_request_.blob(3);
        return StoredRequest{.body = std::string(find_request_.blob(0)),
                             .headers = std::string(find_request_.text(1)),
                             .object = std::string(find_request_.blob(2))};
    });
    checkRequest(*event, found, !found && reader_.requestIsOver(*event));
    if (client_key)
        found->client_key = vault_.open(*client_key, SecretUse::kClientKey, global_position);
    return found;
}

}  // namespace waybill::sqlite
