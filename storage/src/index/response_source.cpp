#include "index/response_source.h"

#include <algorithm>

#include "waybill/response.h"

namespace waybill::sqlite::index {

namespace {

ResponseCode codeOf(std::string_view state, std::string_view status) {
    if (state == toString(ResponseState::kDeleted)) return ResponseCode::kDeleted;
    if (state == toString(ResponseState::kCallFailed)) return ResponseCode::kError;
    if (status == "queued") return ResponseCode::kQueued;
    if (status == "in_progress") return ResponseCode::kInProgress;
    if (status == "completed") return ResponseCode::kCompleted;
    if (status == "failed") return ResponseCode::kFailed;
    if (status == "incomplete") return ResponseCode::kIncomplete;
    if (status == "cancelled") return ResponseCode::kCancelled;
    return ResponseCode::kOther;
}

}  // namespace

CodeRange codesFor(std::string_view status) {
    if (status.empty()) return kThere;
    const ResponseCode code = status == "error"     ? ResponseCode::kError
                              : status == "deleted" ? ResponseCode::kDeleted
                                                    : codeOf({}, status);
    return {code, code};
}

ResponseSource::ResponseSource(Database& log)
    : find_(log,
            "SELECT state, status, client, created_at, updated_at FROM derived_response "
            "WHERE stream = ?1") {}

ResponseRow ResponseSource::current() const {
    const auto time = [&](int column) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(find_.integer(column), 0));
    };
    return {codeOf(find_.text(0), find_.text(1)), find_.text(2), time(3), time(4)};
}

}  // namespace waybill::sqlite::index
