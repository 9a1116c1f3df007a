// What the index takes from the log of a response.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "index/block.h"
#include "log/database.h"
#include "waybill/admin_api.h"

namespace waybill::sqlite::index {

/// What is in `Column::kStatus`. In an order in which those that have an object or will have one,
/// and those that are over among them, stand side by side.
enum class ResponseCode : std::uint64_t {
    kQueued = kLastDeliveryStatus + 1,
    kInProgress,
    kCompleted,
    kFailed,
    kIncomplete,
    kCancelled,
    kOther,  ///< a word of the backend's own
    kError,
    kDeleted
};

/// First and last code.
using CodeRange = std::array<ResponseCode, 2>;

inline constexpr CodeRange kThere = {ResponseCode::kQueued, ResponseCode::kOther};
inline constexpr CodeRange kStored = {ResponseCode::kCompleted, ResponseCode::kOther};

/// Those that a filter's status asks for; it must be empty or one of `responseStatuses`.
CodeRange codesFor(std::string_view status);

/// View: valid while it is visited.
struct ResponseRow {
    ResponseCode code = ResponseCode::kOther;
    std::string_view client;
    std::uint64_t created = 0;
    std::uint64_t updated = 0;

    bool isIn(const CodeRange& range) const { return range[0] <= code && code <= range[1]; }
};

/// Reads rows of `derived_response` by key. A microsecond each.
class ResponseSource {
public:
    explicit ResponseSource(Database& log);

    /// Calls `use(row)`; false for a stream that is no response.
    template <typename Use>
    bool visit(std::int64_t key, Use use) {
        find_.bind(1, key);
        Query query(find_);
        if (!query.next()) return false;
        use(current());
        return true;
    }

private:
    ResponseRow current() const;

    Statement find_;
};

}  // namespace waybill::sqlite::index
