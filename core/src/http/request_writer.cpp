#include "http/request_writer.h"

#include <algorithm>

#include "net/characters.h"

namespace waybill::http {
namespace {

// They say where the message ends and whom it is for: ours to write.
constexpr std::string_view kFraming[] = {"host", "content-length", "transfer-encoding",
                                         "connection"};

bool usableName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), isTokenCharacter) &&
           std::none_of(std::begin(kFraming), std::end(kFraming),
                        [&](auto framing) { return equalsIgnoringCase(name, framing); });
}

bool usableValue(std::string_view value) {
    const auto usable = [](char c) { return isVisible(c) || c == ' '; };
    return std::all_of(value.begin(), value.end(), usable) && trimmed(value) == value;
}

bool usableTarget(std::string_view target) {
    return target.starts_with('/') && std::all_of(target.begin(), target.end(), isVisible);
}

}  // namespace

std::optional<std::string> composeRequestHead(std::string_view method, const CallbackUrl& url,
                                              const HeaderList& headers, std::size_t body_bytes) {
    const bool has_body = method == "POST";
    if (!has_body && (method != "GET" || body_bytes != 0)) return std::nullopt;
    if (!usableTarget(url.target)) return std::nullopt;
    const std::string host = url.hostHeader();
    const std::string length = std::to_string(body_bytes);
    std::size_t size = 64 + url.target.size() + host.size() + length.size();
    for (const auto& [name, value] : headers) {
        if (!usableName(name) || !usableValue(value)) return std::nullopt;
        size += name.size() + value.size() + 4;
    }
    if (size > kMaxRequestHeadBytes) return std::nullopt;

    std::string head;
    head.reserve(size);
    head.append(method).append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ").append(host);
    for (const auto& [name, value] : headers) {
        head.append("\r\n").append(name).append(": ").append(value);
    }
    if (has_body) head.append("\r\nContent-Length: ").append(length);
    return head.append("\r\n\r\n");
}

}  // namespace waybill::http
