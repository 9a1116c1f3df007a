// What a call on a non-blocking stream came to.
#pragma once

#include <cstddef>
#include <string>

namespace waybill::http {

/// What one call on a non-blocking stream came to.
struct IoResult {
    enum class Status {
        kDone,        ///< `bytes` were moved, or the step is over
        kWouldBlock,  ///< the next readiness event goes on
        kEnd,         ///< the other side sends no more, and says so
        kCut,         ///< a TLS stream ended without saying so: it may have been cut
        kFailed       ///< `error` (errno) or, above the socket, `problem`
    };

    Status status = Status::kDone;
    std::size_t bytes = 0;
    int error = 0;
    std::string problem;  ///< for a person; empty: `error` says it

    static IoResult done(std::size_t bytes = 0) { return {Status::kDone, bytes, 0, {}}; }
    static IoResult wouldBlock() { return {Status::kWouldBlock, 0, 0, {}}; }
    static IoResult end() { return {Status::kEnd, 0, 0, {}}; }
    static IoResult cut() { return {Status::kCut, 0, 0, {}}; }
    static IoResult failed(int error) { return {Status::kFailed, 0, error, {}}; }
    static IoResult failed(std::string problem) {
        return {Status::kFailed, 0, 0, std::move(problem)};
    }
};

/// `connection refused`: the system's words for an errno, in the middle of a sentence.
std::string inWords(int error);

}  // namespace waybill::http
