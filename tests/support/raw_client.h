// A client that sends exactly the bytes it is told.
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::test {

/// A connection to a port of this machine. Reads end after five seconds with what has come.
class RawClient {
public:
    /// `from`: an address of this machine, as all of 127.0.0.0/8 are.
    explicit RawClient(std::uint16_t port, const std::string& from = "127.0.0.1");

    void send(std::string_view bytes);

    /// One answer with its body, as `Content-Length` says; less when the connection ends before.
    std::string readAnswer(bool with_body = true);

    /// Everything up to and with `mark`; less when the connection ends before.
    std::string readUntil(std::string_view mark);

    /// Everything until the other side ends.
    std::string readToEnd();

    /// Whether the other side has ended the connection.
    bool ended();

private:
    bool readSome();

    Poco::Net::StreamSocket socket_;
    std::string buffer_;
};

/// A request with a body; `more`: header fields, each with its CRLF.
inline std::string post(const std::string& path, const std::string& body,
                        const std::string& more = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Opens a connection, sends `bytes` and reads one answer.
std::string exchange(std::uint16_t port, std::string_view bytes);

/// The status in an answer's first line; 0 when it is none.
int statusIn(std::string_view answer);

/// What follows the head.
std::string bodyIn(std::string_view answer);

}  // namespace waybill::test
