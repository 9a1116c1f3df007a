// A waybilld for the time of a measure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/child_process.h"

namespace waybill::bench {

/// The real program, on a free port of 127.0.0.1, open to clients and allowed to call back there;
/// everything else is left at its default unless an option says otherwise.
class Daemon {
public:
    /// Returns once it says that it is ready. `more`: options.
    Daemon(const std::string& program, const std::string& data_directory,
           const std::vector<std::string>& more = {});

    std::uint16_t port() const { return port_; }
    pid_t process() const { return process_.id(); }

    /// From its start until `/readyz` said yes.
    std::chrono::nanoseconds readyAfter() const { return ready_after_; }

    /// Sends `signal` and waits for its end.
    void end(int signal) { process_.end(signal); }

    /// A request that has `payload_bytes` delivered to `url`.
    std::string deliveryRequest(const std::string& url, std::size_t payload_bytes) const;

private:
    bool ready() const;

    ChildProcess process_;
    std::uint16_t port_ = 0;
    std::chrono::nanoseconds ready_after_{};
};

}  // namespace waybill::bench
