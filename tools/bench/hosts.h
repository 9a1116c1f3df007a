// Many names for one receiver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace waybill::bench {

/// `https://h17.bench.test:PORT/hook` and so on: each its own endpoint; the certificate covers them
/// all.
inline std::vector<std::string> hostUrls(const std::string& scheme, std::uint16_t port,
                                         std::size_t count) {
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < count; ++i) {
        urls.push_back(scheme + "://h" + std::to_string(i) + ".bench.test:" + std::to_string(port) +
                       "/hook");
    }
    return urls;
}

}  // namespace waybill::bench
