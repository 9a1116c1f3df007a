#include "http/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/host.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxTarget = 8 * 1024;
constexpr std::size_t kMaxMethod = 16;

constexpr std::array<bool, 256> kTokenCharacters = [] {
    std::array<bool, 256> token{};
    for (std::size_t c = '0'; c <= 'z'; ++c)
        token[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c <= '9';
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        token[static_cast<unsigned char>(c)] = true;
    return token;
}();

bool isToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return kTokenCharacters[static_cast<unsigned char>(c)];
    });
}

bool isVisible(char c) {
    return c > 0x20 && c < 0x7F;
}

bool isFieldCharacter(char c) {
    return c == '\t' || static_cast<unsigned char>(c) >= 0x80 || (c >= 0x20 && c < 0x7F);
}

/// Cuts the first line off `text`, without its CR LF.
std::string_view takeLine(std::string_view& text) {
    const std::size_t length = text.find("\r\n");
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(line.size() + 2, text.size()));
    return line;
}

using Problem = std::optional<RequestProblem>;

Problem bad(std::string message) {
    return RequestProblem{400, std::move(message)};
}

/// Takes scheme and authority off an absolute target (RFC 9112 section 3.2.2), which is otherwise
/// left as it is.
std::optional<std::string_view> takeAuthority(std::string_view& target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equalsIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
        target.remove_prefix(scheme.size());
        const std::string_view authority = target.substr(0, target.find_first_of("/?"));
        target.remove_prefix(authority.size());
        if (target.empty()) target = "/";
        return authority;
    }
    return std::nullopt;
}

Problem parseTarget(std::string_view target, HttpRequest& request) {
    if (target.size() > kMaxTarget)
        return RequestProblem{414, "The request's URL is too long: at most 8 KiB."};
    if (!std::all_of(target.begin(), target.end(), isVisible))
        return bad("The request's URL has characters that must be percent-encoded.");
    if (const auto authority = takeAuthority(target)) {
        const auto at = parseHostAndPort(*authority);
        if (!at || at->host.empty()) return bad("The request's URL does not name a host.");
        request.host = *authority;
    }
    if (target == "*" && request.method == "OPTIONS") target = "/";
    // An absolute URL may have a query and no path (RFC 9110 section 4.2.3).
    const bool bare_query = !request.host.empty() && target.starts_with('?');
    if (!target.starts_with('/') && !bare_query)
        return bad("The request's URL must begin with a slash.");
    const std::size_t question = target.find('?');
    request.path = question == 0 ? "/" : target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    return std::nullopt;
}

Problem parseRequestLine(std::string_view line, RequestHead& head) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return bad("The request line is not `METHOD target HTTP/1.1`.");
    const std::string_view method = line.substr(0, first);
    const std::string_view version = line.substr(last + 1);
    if (method.size() > kMaxMethod || !isToken(method))
        return bad("The request's method is not a word.");
    if (!version.starts_with("HTTP/")) return bad("The request line does not end with HTTP/1.1.");
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return RequestProblem{505, "This server speaks HTTP/1.1."};
    head.request.method = method;
    head.http11 = version == "HTTP/1.1";
    head.keep_alive = head.http11;
    return parseTarget(line.substr(first + 1, last - first - 1), head.request);
}

Problem parseField(std::string_view line, HttpHeaders& headers) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !isToken(line.substr(0, colon)))
        return bad("A header line is not `Name: value`.");
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), isFieldCharacter))
        return bad("A header's value has control characters.");
    headers.add(std::string(line.substr(0, colon)), std::string(value));
    return std::nullopt;
}

Problem parseContentLength(std::string_view text, RequestHead& head) {
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, head.content_length);
    if (text.empty() || stopped != end || error != std::errc())
        return bad("Content-Length is not a number of bytes.");
    return std::nullopt;
}

/// What the header fields say about framing and connection.
Problem readFraming(RequestHead& head) {
    const bool http11 = head.http11;
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
    for (const auto& [name, value] : head.request.headers) {
        if (equalsIgnoringCase(name, "host")) {
            ++hosts;
            if (!parseHostAndPort(value)) return bad("Host is not `name` or `name:port`.");
            if (head.request.host.empty()) head.request.host = value;
        } else if (equalsIgnoringCase(name, "content-length")) {
            ++lengths;
            if (Problem problem = parseContentLength(value, head)) return problem;
        } else if (equalsIgnoringCase(name, "transfer-encoding")) {
            ++codings;
            if (!equalsIgnoringCase(value, "chunked"))
                return RequestProblem{501, "The only Transfer-Encoding understood is chunked."};
            head.chunked = true;
        } else if (equalsIgnoringCase(name, "expect")) {
            if (!equalsIgnoringCase(value, "100-continue"))
                return RequestProblem{417, "The only Expect understood is 100-continue."};
            head.expects_continue = http11;
        } else if (equalsIgnoringCase(name, "connection")) {
            if (hasWord(value, "close")) head.keep_alive = false;
            if (!http11 && hasWord(value, "keep-alive")) head.keep_alive = true;
        }
    }
    if (hosts > 1 || (http11 && hosts == 0)) return bad("There must be exactly one Host header.");
    if (lengths + codings > 1)
        return bad("There must be at most one of Content-Length and Transfer-Encoding.");
    if (head.chunked && !http11) return bad("HTTP/1.0 has no Transfer-Encoding.");
    return std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && space(text.back()))
        text.remove_suffix(1);
    return text;
}

bool hasWord(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(','));
        if (equalsIgnoringCase(trimmed(item), word)) return true;
        list.remove_prefix(std::min(item.size() + 1, list.size()));
    }
    return false;
}

std::variant<std::monostate, std::size_t, RequestProblem> findHeadEnd(std::string_view buffer,
                                                                      std::size_t& searched,
                                                                      const HeadLimits& limits) {
    for (std::size_t at = buffer.find('\n', searched); at != std::string_view::npos;
         at = buffer.find('\n', at + 1)) {
        searched = at + 1;
        if (at == 0 || buffer[at - 1] != '\r')
            return RequestProblem{400, "Header lines must end with CR LF."};
        // An empty line before the request line is skipped (RFC 9112 section 2.2).
        if (at >= 3 && buffer[at - 2] == '\n') {
            if (at + 1 > limits.max_bytes) break;
            return at + 1;
        }
    }
    searched = buffer.size();
    if (buffer.size() > limits.max_bytes)
        return RequestProblem{431, "The request's header is too large."};
    return std::monostate{};
}

std::variant<RequestHead, RequestProblem> parseRequestHead(std::string_view text,
                                                           const HeadLimits& limits) {
    RequestHead head;
    if (text.starts_with("\r\n")) text.remove_prefix(2);
    if (Problem problem = parseRequestLine(takeLine(text), head)) return *problem;
    for (std::string_view line = takeLine(text); !line.empty(); line = takeLine(text)) {
        if (head.request.headers.size() == limits.max_fields)
            return RequestProblem{431, "The request has too many header fields."};
        if (Problem problem = parseField(line, head.request.headers)) return *problem;
    }
    if (Problem problem = readFraming(head)) return *problem;
    return head;
}

}  // namespace waybill::server
