#include "http/response_head.h"

#include <Poco/Net/HTTPResponse.h>

#include <algorithm>
#include <ctime>

namespace waybill::server {
namespace {

/// The time as RFC 9110 section 5.6.7 wants it; made once a second and thread.
const std::string& httpDate() {
    thread_local std::time_t made_at = 0;
    thread_local std::string text;
    const std::time_t now = std::time(nullptr);
    if (now == made_at) return text;
    std::tm utc{};
    gmtime_r(&now, &utc);
    char buffer[32];
    // Day and month names come from the C locale, which nothing here changes.
    text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc));
    made_at = now;
    return text;
}

/// Whether a field can be sent without adding a line to the answer.
bool isOneLine(const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void appendField(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view connectionWord(bool keep_alive, bool http11) {
    if (!keep_alive) return "close";
    return http11 ? "" : "keep-alive";
}

std::string writeResponseHead(const HttpResponse& response, BodyFraming framing,
                              const HttpRequest& request, std::string_view connection) {
    std::string head;
    head.reserve(512);
    head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    head.append(Poco::Net::HTTPResponse::getReasonForStatus(
        static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status)));
    head.append("\r\n");
    appendField(head, "Date", httpDate());
    if ((response.body || response.stream) && !response.content_type.empty())
        appendField(head, "Content-Type", response.content_type);
    if (framing == BodyFraming::kChunked) appendField(head, "Transfer-Encoding", "chunked");
    // 204 and 304 have no body to measure (RFC 9110 section 8.6).
    if (framing == BodyFraming::kLength && response.status != 204 && response.status != 304)
        appendField(head, "Content-Length",
                    std::to_string(response.body ? response.body->size() : 0));
    for (const HttpHeaders* fields : {&response.headers, &request.answer_headers})
        for (const auto& [name, value] : *fields)
            if (isOneLine(name) && isOneLine(value)) appendField(head, name, value);
    appendField(head, "x-request-id", request.id);
    appendField(head, "request-id", request.id);
    if (!connection.empty()) appendField(head, "Connection", connection);
    return head.append("\r\n");
}

}  // namespace waybill::server
