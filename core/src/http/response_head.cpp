#include "http/response_head.h"

#include <algorithm>
#include <charconv>

#include "net/characters.h"

namespace waybill::http {
namespace {

// Calls `take` with each trimmed element of a comma-separated list until it returns a problem.
template <typename Take>
const char* forEachElement(std::string_view list, Take take) {
    for (;;) {
        const auto comma = list.find(',');
        if (const char* problem = take(trimmed(list.substr(0, comma)))) return problem;
        if (comma == list.npos) return nullptr;
        list.remove_prefix(comma + 1);
    }
}

template <typename Number>
std::optional<Number> parseDecimal(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc() || end != text.end() || !isDigit(text.front())) return std::nullopt;
    return number;
}

}  // namespace

const char* ResponseHeadParser::takeLine(std::string_view line) {
    if (!status_line_seen_) {
        status_line_seen_ = true;
        return takeStatusLine(line);
    }
    if (std::any_of(line.begin(), line.end(), isControl)) return "a control character in its head";
    if (line.starts_with(' ') || line.starts_with('\t')) {
        return may_fold_ ? nullptr : "a folded header line";
    }
    const auto colon = line.find(':');
    if (colon == line.npos) return "a header line without a colon";
    const std::string_view name = line.substr(0, colon);
    if (name.empty() || !std::all_of(name.begin(), name.end(), isTokenCharacter)) {
        return "a malformed header name";
    }
    return takeField(name, trimmed(line.substr(colon + 1)));
}

// HTTP/1.1 200 OK
const char* ResponseHeadParser::takeStatusLine(std::string_view line) {
    constexpr std::string_view kPrefix = "HTTP/1.";
    if (!line.starts_with(kPrefix) || line.size() < kPrefix.size() + 5) return "no HTTP/1 answer";
    line.remove_prefix(kPrefix.size());
    if (!isDigit(line[0]) || line[1] != ' ') return "no HTTP/1 answer";
    head_.minor_version = line[0] - '0';
    const auto status = parseDecimal<int>(line.substr(2, 3));
    if (!status || *status < 100 || (line.size() > 5 && line[5] != ' ')) {
        return "a malformed status";
    }
    if (std::any_of(line.begin(), line.end(), isControl)) return "a control character in its head";
    head_.status = *status;
    return nullptr;
}

const char* ResponseHeadParser::takeField(std::string_view name, std::string_view value) {
    may_fold_ = false;
    if (equalsIgnoringCase(name, "content-length")) return takeContentLength(value);
    if (equalsIgnoringCase(name, "transfer-encoding")) return takeTransferEncoding(value);
    if (equalsIgnoringCase(name, "connection")) {
        takeConnection(value);
    } else if (equalsIgnoringCase(name, "keep-alive")) {
        takeKeepAlive(value);
    } else if (equalsIgnoringCase(name, "retry-after")) {
        if (head_.retry_after.empty()) head_.retry_after = value;
    } else {
        may_fold_ = true;
    }
    return nullptr;
}

// The same number said twice is one number (RFC 9110 section 8.6); two different ones are an attack
// or a fault.
const char* ResponseHeadParser::takeContentLength(std::string_view value) {
    return forEachElement(value, [this](std::string_view element) -> const char* {
        if (element.empty()) return "a malformed Content-Length";
        const auto length = parseDecimal<std::uint64_t>(element);
        if (!length) return "a malformed Content-Length";
        if (head_.content_length && head_.content_length != length) {
            return "two different Content-Lengths";
        }
        head_.content_length = length;
        return nullptr;
    });
}

// We asked for no coding (no TE header), so only `chunked`, once, may have been used.
const char* ResponseHeadParser::takeTransferEncoding(std::string_view value) {
    if (!equalsIgnoringCase(value, "chunked") || head_.chunked) {
        return "a Transfer-Encoding other than chunked";
    }
    head_.chunked = true;
    return nullptr;
}

void ResponseHeadParser::takeConnection(std::string_view value) {
    forEachElement(value, [this](std::string_view option) -> const char* {
        if (equalsIgnoringCase(option, "close")) head_.close = true;
        return nullptr;
    });
}

void ResponseHeadParser::takeKeepAlive(std::string_view value) {
    forEachElement(value, [this](std::string_view parameter) -> const char* {
        constexpr std::string_view kTimeout = "timeout=";
        if (equalsIgnoringCase(parameter.substr(0, kTimeout.size()), kTimeout)) {
            const auto digits = parameter.substr(kTimeout.size());
            if (!digits.empty()) head_.keep_alive_seconds = parseDecimal<std::uint32_t>(digits);
        }
        return nullptr;
    });
}

}  // namespace waybill::http
