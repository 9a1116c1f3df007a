// libcurl's multi interface, the client that most programs would use: the yardstick.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/load.h"

namespace waybill::bench {

struct CurlOptions {
    std::vector<std::string> urls{};  ///< in turn, the same one always on the same handle
    std::uint16_t resolve_port = 0;   ///< not 0: every host of `urls` is 127.0.0.1 at this port
    std::string ca_file{};
    std::size_t in_flight = 64;
    std::size_t payload_bytes = 2048;
    bool keep_alive = true;
};

/// Posts without a log, on `curl_multi_socket_action` with epoll, which is the fastest way libcurl
/// has. As many easy handles as there are URLs, at least `in_flight`; each keeps its TLS session.
class CurlContender : public Contender {
public:
    explicit CurlContender(CurlOptions options);
    ~CurlContender() override;
    Load run(std::chrono::nanoseconds duration) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::bench
