// A body that leaves while it is made.
#pragma once

#include <string>
#include <string_view>

#include "http/channel.h"
#include "http/connection_table.h"
#include "http/response_head.h"
#include "waybill/server/http_message.h"
#include "waybill/server/http_server.h"

namespace waybill::server {

/// Writes each piece to the client at once, as a chunk where the framing says so (RFC 9112 section
/// 7.1). A client that takes nothing for the write timeout is gone.
class StreamedBody final : public BodyWriter {
public:
    /// What it refers to must outlive it.
    StreamedBody(Channel& channel, BodyFraming framing, const HttpServerOptions& options,
                 const ConnectionTable& table)
        : channel_(channel),
          chunked_(framing == BodyFraming::kChunked),
          options_(options),
          table_(table) {}

    void sendHead(std::string_view head) { send(head); }
    bool write(std::string_view bytes) override;
    bool clientGone() override;
    bool serverStops() override { return table_.draining(); }

    /// The body is whole. False when that does not reach the client.
    bool finish();

private:
    bool send(std::string_view bytes);

    Channel& channel_;
    const bool chunked_;
    const HttpServerOptions& options_;
    const ConnectionTable& table_;
    std::string chunk_;
    bool gone_ = false;
};

}  // namespace waybill::server
