// Bytes beside the log, as the writer keeps and erases them.
#pragma once

#include <cstdint>
#include <optional>

#include "log/database.h"
#include "log/vault.h"
#include "read/attachment_reader.h"
#include "waybill/event_log.h"

namespace waybill::sqlite {

/// Everything is kept under the global position of the event it rode with, in its transaction.
class AttachmentStore {
public:
    /// `events` and `vault` must outlive it.
    AttachmentStore(Database& database, EventTable& events, Vault& vault);

    void insert(std::uint64_t global_position, const Attachments& attachments);
    void erasePayload(std::uint64_t global_position);

    /// Those of all events of a stream: a background response may have run more than once.
    void eraseRequests(std::int64_t stream_key);

    /// The answers that receivers gave to a delivery.
    void eraseExchanges(std::int64_t stream_key);

    /// Whether no page under a stream's payloads and requests is damaged. Only outside of a
    /// transaction: SQLite lets one that has met damage write no more.
    bool canErase(const StreamId& stream);

    // As AttachmentReader says; a secret that does not open is DamagedBytes too.
    Bytes payload(std::uint64_t global_position) { return reader_.payload(global_position); }
    Bytes payloadOf(const Delivery& delivery, const std::optional<Response>& response) {
        return reader_.payloadOf(delivery, response);
    }
    std::optional<Destination> destination(std::uint64_t global_position);
    std::optional<StoredRequest> request(std::uint64_t global_position);

private:
    void insertPayload(std::uint64_t global_position, const Attachments& attachments);
    void writePayload(std::uint64_t global_position, const std::string& payload);
    void insertDestination(std::uint64_t global_position, const Attachments& attachments);
    void insertExchange(std::uint64_t global_position, const Attachments& attachments);
    void insertRequest(std::uint64_t global_position, const Attachments& attachments);

    Database& database_;
    Vault& vault_;
    AttachmentReader reader_;
    Statement insert_payload_;
    Statement reserve_payload_;
    Statement insert_destination_;
    Statement insert_exchange_;
    Statement insert_request_;
    Statement payloads_of_;
    Statement requests_of_;
    Statement exchanges_of_;
    Statement erase_payload_;
    Statement erase_exchanges_;
    Statement erase_requests_;
    Statement find_destination_;
    Statement find_request_;
};

}  // namespace waybill::sqlite
