// A transport whose trust anchors are read anew while it works.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "waybill/transport.h"

namespace waybill::server {

/// The HTTP transport with these options, until `reload` puts a new one in its place, which begins
/// without connections: none that was set up with other trust anchors is used again. What is on the
/// wire ends where it began. Any thread.
class ReloadableTransport : public Transport {
public:
    /// Throws what makeHttpTransport throws.
    explicit ReloadableTransport(HttpTransportOptions options);

    void send(AttemptRequest request, Completion done) override;
    TransportStats stats() const override;

    /// Reads `ca_file` anew; without one nothing happens. Throws what makeHttpTransport throws, and
    /// then everything stays as it was.
    void reload();

private:
    using Transports = std::vector<std::unique_ptr<Transport>>;

    Transports takeIdle();

    const HttpTransportOptions options_;
    mutable std::mutex mutex_;
    Transports replaced_;  ///< until the next reload finds nothing on their wires
    TransportStats ended_;
    std::unique_ptr<Transport> current_;
};

}  // namespace waybill::server
