// A receiver of callbacks for trying things out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/callback_check.h"
#include "waybill/time.h"
#include "waybill/worker_thread.h"

namespace waybill::cli {

struct ReceivedCallback {
    std::uint64_t number = 0;  ///< 1, 2, 3 … since the start
    Timestamp received_at{};
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Check token = Check::kNotAsked;
    Check signature = Check::kNotAsked;
    std::uint16_t answered = 0;

    /// The value of a header, or an empty string.
    std::string header(const std::string& name) const;
};

struct ReceiverOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8765;                 ///< 0: any free one
    std::vector<std::uint16_t> statuses{200};  ///< answered in turn, again and again
    Duration delay{};                          ///< before each answer
    SharedSecrets secrets;
    std::size_t max_body_bytes = 64 * 1024 * 1024;
    /// Called for each callback before it is answered; others wait meanwhile.
    std::function<void(const ReceivedCallback&)> on_callback;
    /// Called once the answer to callback `number` has left.
    std::function<void(std::uint64_t number)> on_answered;
    /// Told what went wrong on the receiver's thread and was survived.
    ProblemReport on_problem;
};

/// Listens from construction to destruction, on a thread of its own, on as many connections as the
/// system gives it descriptors for; more wait until one is free. Callbacks are reported and
/// answered in the order in which they have come whole; a connection that is idle for 75 s is
/// closed. One whose token or signature is wrong, or missing where it is asked for, is answered
/// with 401. Throws Poco::Exception when the port cannot be had.
class Receiver {
public:
    explicit Receiver(ReceiverOptions options);
    ~Receiver();
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    /// `http://127.0.0.1:8765`
    std::string url() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::cli
