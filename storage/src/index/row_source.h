// What the index takes from the log: the few columns of a delivery that listings look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "index/block.h"
#include "log/database.h"
#include "waybill/admin_api.h"
#include "waybill/delivery.h"

namespace waybill::sqlite::index {

/// Views: valid while it is visited.
struct SourceRow {
    DeliveryStatus status = DeliveryStatus::kNone;
    std::optional<FailureReason> reason{};
    std::optional<std::uint16_t> http_status{};
    std::string_view endpoint;
    std::string_view client;
    std::string_view subject;
    std::uint64_t created = 0;
    std::uint64_t updated = 0;
    std::uint64_t next = 0;
    std::uint64_t destination = 0;  ///< global position under which the URL lies
};

/// The same of what the events say; valid as long as that.
SourceRow sourceRowOf(const Delivery& delivery);

/// Reads rows of `derived_delivery` by key. A microsecond each.
class RowSource {
public:
    explicit RowSource(Database& log);

    /// Calls `use(row)`; false for a stream that is no delivery.
    template <typename Use>
    bool visit(std::int64_t key, Use use) {
        find_.bind(1, key);
        Query query(find_);
        if (!query.next()) return false;
        use(current());
        return true;
    }

    std::string idOf(std::int64_t key);
    /// Empty when it was erased.
    std::string urlAt(std::uint64_t destination);

    /// Whether the delivery is one of the filter's: what the index is asked, asked of the log.
    bool matches(const DeliveryFilter& filter, std::int64_t key, const SourceRow& row);
    bool matchesText(const std::string& q, std::int64_t key, const SourceRow& row);

private:
    SourceRow current() const;

    Statement find_;
    Statement id_;
    Statement url_;
};

/// Of a subject, in 32 bits; 0 for an empty one only. Two may have the same.
std::uint64_t hashOf(std::string_view text);

std::uint64_t codeOf(DeliveryStatus status);
std::uint64_t codeOf(FailureReason reason);

}  // namespace waybill::sqlite::index
