// The head of a response, line by line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::http {

/// What a client needs to know of a status line and the header lines after it.
struct ResponseHead {
    int status = 0;
    int minor_version = 0;  ///< of HTTP/1.x
    bool close = false;     ///< `Connection: close`
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
    std::optional<std::uint32_t> keep_alive_seconds;  ///< `Keep-Alive: timeout=…`
    std::string retry_after;                          ///< as received; empty when absent

    bool success() const { return status >= 200 && status <= 299; }
};

/// Reads a head strictly (RFC 9112 sections 4, 5 and 6). What is ambiguous is malformed, above all
/// in what says where the body ends; harmless old habits (no reason phrase, a folded line in a
/// field that does not concern us) are not.
class ResponseHeadParser {
public:
    /// One line without its line end; the status line first. Returns what is wrong with it, or
    /// null.
    const char* takeLine(std::string_view line);

    const ResponseHead& head() const { return head_; }

private:
    const char* takeStatusLine(std::string_view line);
    const char* takeField(std::string_view name, std::string_view value);
    const char* takeContentLength(std::string_view value);
    const char* takeTransferEncoding(std::string_view value);
    void takeConnection(std::string_view value);
    void takeKeepAlive(std::string_view value);

    ResponseHead head_;
    bool status_line_seen_ = false;
    bool may_fold_ = false;  ///< the line before was a field that does not concern us
};

}  // namespace waybill::http
