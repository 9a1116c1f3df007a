#include "http/request_writer.h"

#include <algorithm>
#include <charconv>

#include "net/characters.h"

namespace waybill::http {
namespace {

constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::string_view kMethodsWithoutBody[] = {"GET", "HEAD"};

// They say where the message ends and whom it is for: ours to write.
constexpr std::string_view kFraming[] = {"host", "content-length", "transfer-encoding",
                                         "connection"};

bool usableName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), isTokenCharacter) &&
           std::none_of(std::begin(kFraming), std::end(kFraming),
                        [&](auto framing) { return equalsIgnoringCase(name, framing); });
}

// `field-value` (RFC 9110 section 5.5): obs-text as it is, white space only inside.
bool usableValue(std::string_view value) {
    return std::none_of(value.begin(), value.end(), isControl) && trimmed(value) == value;
}

template <std::size_t N>
bool isOneOf(std::string_view method, const std::string_view (&methods)[N]) {
    return std::find(std::begin(methods), std::end(methods), method) != std::end(methods);
}

bool usableTarget(std::string_view target) {
    return target.starts_with('/') && std::all_of(target.begin(), target.end(), isVisible);
}

}  // namespace

std::optional<std::string> composeRequestHead(std::string_view method, const CallbackUrl& url,
                                              const HeaderList& headers,
                                              std::optional<std::uint64_t> body_bytes) {
    const bool bodiless = isOneOf(method, kMethodsWithoutBody);
    if (!isOneOf(method, kMethods) || (bodiless && body_bytes != 0u)) return std::nullopt;
    if (!usableTarget(url.target)) return std::nullopt;
    const std::string host = url.hostHeader();
    // A DELETE has a body or none; the others say so when theirs is empty (RFC 9110 section 8.6).
    std::string framing;
    if (!body_bytes)
        framing = "\r\nTransfer-Encoding: chunked";
    else if (*body_bytes > 0 || !(bodiless || method == "DELETE"))
        framing = "\r\nContent-Length: " + std::to_string(*body_bytes);
    std::size_t size = 64 + url.target.size() + host.size() + framing.size();
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
    return head.append(framing).append("\r\n\r\n");
}

std::string composeChunk(std::string_view piece, bool last) {
    std::string chunk;
    if (!piece.empty()) {
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, piece.size(), 16).ptr;
        chunk.append(digits, end).append("\r\n").append(piece).append("\r\n");
    }
    return last ? chunk.append("0\r\n\r\n") : chunk;
}

}  // namespace waybill::http
