// The heads and chunks of what clients send.
#include <algorithm>

#include "fuzz/target.h"
#include "http/chunked_decoder.h"
#include "http/host.h"
#include "http/request_head.h"

namespace waybill::test {
namespace {

constexpr server::HeadLimits kRequestHeadLimits{1024, 20};
constexpr std::size_t kMostBody = 256;

using HeadEnd = std::variant<std::monostate, std::size_t, server::RequestProblem>;

/// As a connection looks for it: again whenever something has come.
HeadEnd endIn(const std::vector<std::string_view>& pieces) {
    std::string buffer;
    std::size_t searched = 0;
    HeadEnd end;
    for (const std::string_view piece : pieces) {
        buffer += piece;
        end = server::findHeadEnd(buffer, searched, kRequestHeadLimits);
        if (!std::holds_alternative<std::monostate>(end)) break;
    }
    return end;
}

struct DecodedBody {
    server::ChunkedDecoder::State state = server::ChunkedDecoder::State::kMore;
    std::string body;
    std::size_t consumed = 0;
};

DecodedBody decodedBody(const std::vector<std::string_view>& pieces) {
    server::ChunkedDecoder decoder(kMostBody);
    DecodedBody to;
    for (const std::string_view piece : pieces) {
        std::size_t consumed = 0;
        to.state = decoder.feed(piece, to.body, consumed);
        to.consumed += consumed;
        if (to.state != server::ChunkedDecoder::State::kMore) break;
    }
    return to;
}

void checkHead(const std::string& head) {
    const auto parsed = server::parseRequestHead(head, kRequestHeadLimits);
    const auto* taken = std::get_if<server::RequestHead>(&parsed);
    if (taken == nullptr) {
        const auto& problem = std::get<server::RequestProblem>(parsed);
        FUZZ_CHECK(problem.status >= 400 && problem.status < 600 && !problem.message.empty());
        return;
    }
    // Nothing in it that two readers could read differently.
    FUZZ_CHECK(!(taken->chunked && taken->content_length != 0));
    FUZZ_CHECK(head.find('\0') == head.npos);
    FUZZ_CHECK(head.find("\n ") == head.npos && head.find("\n\t") == head.npos);
    for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1))
        FUZZ_CHECK(at > 0 && head[at - 1] == '\r');
    FUZZ_CHECK(std::count(head.begin(), head.end(), '\r') ==
               std::count(head.begin(), head.end(), '\n'));
    const server::HttpRequest& request = taken->request;
    FUZZ_CHECK(request.path.starts_with('/') || request.path == "*" || request.method == "CONNECT");
    FUZZ_CHECK(request.headers.size() <= kRequestHeadLimits.max_fields);
    FUZZ_CHECK(server::parseHostAndPort(request.host));
    std::size_t framing = 0;
    for (const auto& [name, value] : request.headers) {
        framing += server::equalsIgnoringCase(name, "content-length") +
                   server::equalsIgnoringCase(name, "transfer-encoding");
        FUZZ_CHECK(value.find_first_of("\r\n") == value.npos);
    }
    FUZZ_CHECK(framing <= 1);
}

}  // namespace

/// A head ends at the same place however it is cut, and one that is taken has one meaning; so has a
/// chunked body.
WAYBILL_FUZZ_TARGET(request_head) {
    const HeadEnd whole = endIn({bytes});
    const HeadEnd cut = endIn(cutAnywhere(bytes));
    FUZZ_CHECK(bytes.empty() || whole.index() == cut.index());
    if (const auto* end = std::get_if<std::size_t>(&whole)) {
        FUZZ_CHECK(*end <= bytes.size() && *end <= kRequestHeadLimits.max_bytes);
        FUZZ_CHECK(*end == std::get<std::size_t>(cut));
        checkHead(std::string(bytes.substr(0, *end)));
        bytes.remove_prefix(*end);
    }
    const DecodedBody body = decodedBody({bytes});
    const DecodedBody in_pieces = decodedBody(cutAnywhere(bytes));
    FUZZ_CHECK(bytes.empty() || body.state == in_pieces.state);
    FUZZ_CHECK(body.body.size() <= kMostBody);
    if (body.state == server::ChunkedDecoder::State::kDone) {
        FUZZ_CHECK(body.body == in_pieces.body);
        FUZZ_CHECK(body.consumed == in_pieces.consumed && body.consumed <= bytes.size());
    }
}

}  // namespace waybill::test
