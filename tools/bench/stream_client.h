// Clients that wait for the first byte of a stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace waybill::bench {

/// One connection, kept, one stream at a time. Blocks.
class StreamClient {
public:
    explicit StreamClient(std::uint16_t port);
    ~StreamClient();
    StreamClient(const StreamClient&) = delete;
    StreamClient& operator=(const StreamClient&) = delete;

    void ask() { sendAll(request_); }

    /// Waits for the first byte of the body. Throws Poco::RuntimeException when the connection ends
    /// before.
    void awaitFirstEvent() { awaitText("\ndata: "); }

    /// Reads on to the end of the answer.
    void awaitEnd();

private:
    void sendAll(const std::string& text);
    void awaitText(const std::string& mark);

    int socket_;
    std::string request_;
    std::string received_;
};

}  // namespace waybill::bench
