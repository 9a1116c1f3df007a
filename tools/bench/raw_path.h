// The limit of the whole path: a bare client with a log of raw inserts.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include "bench/bare_client.h"
#include "bench/load.h"
#include "bench/raw_log.h"

namespace waybill::bench {

/// Keeps to the order that Waybill keeps: a delivery's rows are durable before it is sent, its
/// outcome's before it counts; what has come together meanwhile is committed at once. One thread
/// writes, one is on the wire.
class RawPathContender : public Contender {
public:
    RawPathContender(const std::string& directory, std::uint16_t port, std::size_t in_flight,
                     std::size_t payload_bytes);
    Load run(std::chrono::nanoseconds duration) override;

private:
    void serveWire(const std::stop_token& stop);
    struct Turn {
        std::size_t opened = 0;
        std::size_t finished = 0;
    };
    Turn commitOnce(std::size_t in_flight, bool open_more);

    const std::size_t in_flight_;
    RawLog log_;
    BareClient client_;
    const std::string request_;
    std::atomic<std::size_t> to_send_ = 0;
    std::atomic<std::size_t> answered_ = 0;
};

}  // namespace waybill::bench
