// What proves that no derived row is missing and none was added: how many there are, and the sum of
// their digests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "log/database.h"
#include "waybill/stream_state.h"

namespace waybill::sqlite {

/// What a start goes on with.
inline bool isOpen(const Delivery& delivery) {
    return delivery.live();
}
inline bool isOpen(const Response& response) {
    return response.state == ResponseState::kCreated && !response.from_later_version;
}
inline bool isOpen(const EndpointState& endpoint) {
    return endpoint.paused;
}
inline bool isOpen(const BulkRedelivery& bulk) {
    return bulk.requested && !bulk.finished && !bulk.from_later_version;
}

/// A number of rows and the wrapping sum of their digests; or a change of both.
struct RowSum {
    std::int64_t rows = 0;
    std::uint64_t digests = 0;

    void add(std::int64_t digest) {
        ++rows;
        digests += static_cast<std::uint64_t>(digest);
    }
    void remove(std::int64_t digest) {
        --rows;
        digests -= static_cast<std::uint64_t>(digest);
    }
    RowSum& operator+=(const RowSum& change) {
        rows += change.rows;
        digests += change.digests;
        return *this;
    }
    friend bool operator==(const RowSum&, const RowSum&) = default;
};

/// What a stream's row adds to the sums of its table; nothing where it has none.
struct RowShare {
    std::int64_t digest = 0;
    bool open = false;
    friend bool operator==(const RowShare&, const RowShare&) = default;
};
using Share = std::optional<RowShare>;

/// What is summed: the rows of what is open, of four tables; and all rows of two, which other
/// things than streams lead to.
enum class Summed : std::size_t {
    kOpenDeliveries,
    kOpenResponses,
    kPausedEndpoints,
    kOpenBulkRedeliveries,
    kResponses,
    kIdempotencyKeys
};
inline constexpr std::size_t kSums = 6;
// The sum of what is open.
inline Summed sumOf(const Delivery&) {
    return Summed::kOpenDeliveries;
}
inline Summed sumOf(const Response&) {
    return Summed::kOpenResponses;
}
inline Summed sumOf(const EndpointState&) {
    return Summed::kPausedEndpoints;
}
inline Summed sumOf(const BulkRedelivery&) {
    return Summed::kOpenBulkRedeliveries;
}

/// As `derived_sums` has it.
const char* nameOf(Summed rows);

/// The sums in memory: what is committed, and what the transaction in hand changes. `derived_sums`
/// has them as they were after an event a little before the newest one, `derived_state` which one.
class RowSums {
public:
    explicit RowSums(Database& database);

    /// From the table. Returns the global position of the event after which they were written;
    /// nothing when a row is missing.
    std::optional<std::uint64_t> read();
    const RowSum& of(Summed rows) const { return committed_[index(rows)]; }

    void change(Summed rows, const RowSum& change) { changes_[index(rows)] += change; }
    /// Writes them as they are with the transaction in hand, which ends with the event at
    /// `position`.
    void write(std::uint64_t position);
    void committed();
    /// After a rollback.
    void forget() { changes_ = {}; }

private:
    static std::size_t index(Summed rows) { return static_cast<std::size_t>(rows); }

    std::array<RowSum, kSums> committed_{};
    std::array<RowSum, kSums> changes_{};
    Statement read_;
    Statement read_position_;
    Statement write_;
    Statement write_position_;
};

}  // namespace waybill::sqlite
