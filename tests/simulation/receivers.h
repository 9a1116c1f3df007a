// The other side of the wire: endpoints with habits, and a record of what reached them that no
// crash of ours can touch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/chance.h"
#include "waybill/transport.h"

namespace waybill::test {

/// One request as its receiver saw it.
struct Received {
    std::string webhook_id{};
    std::uint32_t attempt = 0;
    std::string body{};
    bool accepted = false;  ///< answered with 2xx
};

/// What an endpoint does with the next request.
struct Habit {
    AttemptOutcome outcome{};
    Duration after{};     ///< until the outcome is known
    bool arrives = true;  ///< at the receiver at all
};

/// Endpoints `http://h0.example` … and what they do: one always accepts, one fails half the time,
/// one hangs, one refuses connections, one pushes back, one drops kept connections.
class Receivers {
public:
    static constexpr std::uint64_t kEndpoints = 6;

    explicit Receivers(std::uint64_t seed) : chance_(seed) {}

    static std::string url(std::uint64_t endpoint) {
        return "http://h" + std::to_string(endpoint) + ".example/hook?key=1";
    }
    static std::string endpoint(std::uint64_t endpoint) {
        return "http://h" + std::to_string(endpoint) + ".example:80";
    }

    Habit habitFor(const std::string& url, Duration timeout);
    /// From now on every request is accepted.
    void recover() { well_ = true; }

    void receive(Received received) { received_.push_back(std::move(received)); }
    const std::vector<Received>& received() const { return received_; }

private:
    Duration upTo(std::uint64_t milliseconds);

    Chance chance_;
    bool well_ = false;
    std::vector<Received> received_;
};

}  // namespace waybill::test
