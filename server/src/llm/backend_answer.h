// Answers that are taken whole.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "llm/backend.h"
#include "waybill/server/request_memory.h"

namespace waybill::server {

/// A whole answer, or why there is none.
struct BackendAnswer {
    BackendHead head;
    std::string body;
    std::string failure;  ///< a sentence for the client; empty: the answer is whole
    bool timed_out = false;
    bool abandoned = false;
    bool memory_full = false;  ///< there was none left for it

    bool whole() const { return failure.empty(); }
    bool succeeded() const { return whole() && head.succeeded(); }
};

/// How often whoever waits for an answer looks whether it is still wanted.
constexpr Duration kGlance = std::chrono::milliseconds(500);

MonotonicTime fromNow(Duration duration);
inline MonotonicTime nextGlance() {
    return fromNow(kGlance);
}

/// Whether nobody wants the answer any more; asked now and then.
using Abandoned = std::function<bool()>;

/// Waits for the head, or for the end of a call that gets none; false for the latter, which
/// `answer` then explains. Ends a call that is abandoned.
bool awaitHead(BackendReply& reply, const Abandoned& abandoned, BackendAnswer& answer);

/// How large an answer may be.
struct AnswerLimits {
    AnswerLimits(std::size_t most, RequestMemory* counted_in = nullptr)
        : most_bytes(most), memory(counted_in) {}

    std::size_t most_bytes;
    RequestMemory* memory;  ///< where it counts as well; null: nowhere
};

/// Reads the rest of an answer whose head is there, within the limits; ends the call when there is
/// more.
void readRest(BackendReply& reply, const AnswerLimits& limits, const Abandoned& abandoned,
              BackendAnswer& answer);

/// Head and rest.
BackendAnswer readWhole(BackendReply& reply, const AnswerLimits& limits,
                        const Abandoned& abandoned);

/// What is said about an answer over the limit.
std::string tooLarge(std::size_t most_bytes);

/// What is said about one for which there was no memory.
inline constexpr std::string_view kNoMemoryForAnswer =
    "The backend's answer did not fit into the memory that was left for requests and answers "
    "(--max-payload-memory).";

}  // namespace waybill::server
