// The transport alone: no engine, no log.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "bench/load.h"
#include "waybill/transport.h"

namespace waybill::bench {

/// Keeps `in_flight` requests on the wire, to the URLs in turn.
class TransportContender : public Contender {
public:
    TransportContender(std::vector<std::string> urls, const std::string& ca_file,
                       std::size_t in_flight, std::size_t payload_bytes);
    Load run(std::chrono::nanoseconds duration) override;

private:
    void sendNext();

    const std::vector<std::string> urls_;
    const std::size_t in_flight_;
    const Bytes payload_;
    std::uint64_t sent_ = 0;
    std::atomic<std::uint64_t> answered_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
    std::unique_ptr<Transport> transport_;  ///< last: its end still calls back
};

}  // namespace waybill::bench
