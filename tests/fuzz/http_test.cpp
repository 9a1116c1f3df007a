// Can bytes from the network break us? Whatever comes, it means the same however it is cut.
#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/mutations.h"
#include "http/chunked_decoder.h"
#include "http/request_head.h"
#include "http/request_writer.h"
#include "http/response_reader.h"
#include "llm/stream/sse_reader.h"
#include "waybill/callback_url.h"

namespace waybill::test {
namespace {

const std::vector<std::string> kHttpPieces = {"\r\n",
                                              "\n",
                                              "\r",
                                              "\r\n\r\n",
                                              ": ",
                                              "HTTP/1.1",
                                              "HTTP/1.0 ",
                                              "100",
                                              "103 Early Hints",
                                              "204",
                                              "Content-Length: 5\r\n",
                                              "Content-Length: 99999999999999999999\r\n",
                                              "Content-Length: -1\r\n",
                                              "Transfer-Encoding: chunked\r\n",
                                              "Transfer-Encoding: gzip\r\n",
                                              "Connection: close\r\n",
                                              "Retry-After: 5\r\n",
                                              " \t",
                                              std::string(1, '\0'),
                                              "\xff",
                                              "ffffffffffffffff",
                                              "0",
                                              "00000005",
                                              ";ext=\"",
                                              "0\r\n\r\n",
                                              "Host: a\r\n",
                                              "Expect: 100-continue\r\n"};

struct Read {
    http::ResponseReader::State state;
    std::string head;
    std::string body;
    bool truncated;
    bool reusable;
    std::size_t taken;
    bool operator==(const Read&) const = default;
};

Read readPieces(const std::vector<std::string_view>& pieces, bool clean) {
    const http::ResponseLimits limits{2048, 64, 256};
    http::ResponseReader reader(limits);
    Read read{};
    for (const std::string_view piece : pieces) {
        if (reader.finished()) break;
        read.taken += reader.feed(piece);
    }
    if (!reader.finished()) reader.endOfStream(clean);
    read.state = reader.state();
    read.head = reader.headText();
    read.truncated = reader.truncated();
    read.reusable = reader.reusable();
    read.body = reader.takeBody();
    return read;
}

TEST(FuzzHttp, AResponseMeansTheSameHoweverItIsCut) {
    Mutations mutations(1,
                        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
                         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 120\r\n"
                         "Content-Length: 0\r\n\r\n",
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                         "chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n0123456789\r\n"
                         "0\r\nTrailer: x\r\n\r\n",
                         "HTTP/1.0 200\r\nConnection: keep-alive\r\n\r\nuntil the end",
                         "HTTP/1.1 204 No Content\r\nConnection: close, x\r\n\r\n"},
                        kHttpPieces);
    std::uint64_t complete = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string bytes = mutations.next();
        const bool clean = mutations.chance().oneIn(2);
        const Read whole = readPieces({bytes}, clean);
        const Read cut = readPieces(inPieces(bytes, mutations.chance()), clean);
        ASSERT_EQ(whole, cut) << testing::PrintToString(bytes);
        ASSERT_LE(whole.head.size(), 2048u);
        ASSERT_LE(whole.body.size(), 64u);
        ASSERT_LE(whole.taken, bytes.size());
        complete += whole.state == http::ResponseReader::State::kComplete;
    }
    EXPECT_GT(complete, 0u) << "some were good";
}

struct Decoded {
    server::ChunkedDecoder::State state = server::ChunkedDecoder::State::kMore;
    std::string body;
    std::size_t consumed = 0;
    bool operator==(const Decoded&) const = default;
};

Decoded decodePieces(const std::vector<std::string_view>& pieces) {
    server::ChunkedDecoder decoder(64);
    Decoded decoded;
    for (const std::string_view piece : pieces) {
        std::size_t consumed = 0;
        decoded.state = decoder.feed(piece, decoded.body, consumed);
        decoded.consumed += consumed;
        if (decoded.state != server::ChunkedDecoder::State::kMore) break;
    }
    return decoded;
}

TEST(FuzzHttp, AChunkedRequestMeansTheSameHoweverItIsCut) {
    Mutations mutations(2,
                        {"5\r\nhello\r\n0\r\n\r\n", "A;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
                         "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"},
                        kHttpPieces);
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string bytes = mutations.next();
        const Decoded whole = decodePieces({bytes});
        const Decoded cut = decodePieces(inPieces(bytes, mutations.chance()));
        ASSERT_EQ(whole.state, cut.state) << testing::PrintToString(bytes);
        const bool same = whole == cut || whole.state != server::ChunkedDecoder::State::kDone;
        ASSERT_TRUE(same) << testing::PrintToString(bytes);
        ASSERT_LE(whole.body.size(), 64u);
    }
}

TEST(FuzzHttp, ARequestHeadThatIsTakenHasNothingTwoReadersCouldReadDifferently) {
    Mutations mutations(3,
                        {"POST /v1/responses?a=b HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n"
                         "Authorization: Bearer x\r\n\r\n",
                         "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                         "POST /x HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n"
                         "Expect: 100-continue\r\n\r\n"},
                        kHttpPieces);
    const server::HeadLimits limits{1024, 20};
    std::uint64_t taken = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string bytes = mutations.next();
        std::size_t searched = 0;
        const auto end = server::findHeadEnd(bytes, searched, limits);
        if (!std::holds_alternative<std::size_t>(end)) continue;
        const auto head = bytes.substr(0, std::get<std::size_t>(end));
        const auto parsed = server::parseRequestHead(head, limits);
        if (!std::holds_alternative<server::RequestHead>(parsed)) continue;
        const auto& request = std::get<server::RequestHead>(parsed);
        ASSERT_FALSE(request.chunked && request.content_length != 0);
        ASSERT_EQ(head.find("\n "), std::string::npos) << "folded: " << head;
        for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1))
            ASSERT_TRUE(at > 0 && head[at - 1] == '\r') << testing::PrintToString(head);
        ASSERT_EQ(head.find('\0'), std::string::npos);
        ++taken;
    }
    EXPECT_GT(taken, 0u);
}

TEST(FuzzHttp, AUrlThatIsTakenAddsNoLineToARequest) {
    Mutations mutations(
        4,
        {"https://example.com/hook?key=1", "http://[2001:db8::1]:8080/a#b", "HTTP://Example.COM:80",
         "http://192.0.2.1/x%0d%0ay", "https://a.b.c:443/"},
        {"\r\n", "%0d%0a", "@", "::", "[", "]", "0x7f.1", "127.0.0.1", "\t", "\\", "//", "?", "#",
         "xn--", ".", "2130706433", "\xc3\xa9", "0177.0.0.1"});
    AddressPolicy policy;
    std::uint64_t taken = 0;
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string text = mutations.next();
        const UrlCheck check = parseCallbackUrl(text, policy);
        ASSERT_NE(check.url.has_value(), check.unusable.has_value());
        if (!check.url) continue;
        const auto head = http::composeRequestHead("POST", *check.url, {}, 2);
        ASSERT_TRUE(head.has_value()) << text;
        ASSERT_EQ(std::count(head->begin(), head->end(), '\n'), 4) << testing::PrintToString(*head);
        for (const char c : check.url->host + check.url->target)
            ASSERT_TRUE(c > 0x20 && c < 0x7f) << testing::PrintToString(text);
        const UrlCheck again = parseCallbackUrl(check.url->endpoint() + check.url->target, policy);
        ASSERT_TRUE(again.url && again.url->endpoint() == check.url->endpoint()) << text;
        ++taken;
    }
    EXPECT_GT(taken, 0u);
}

std::vector<std::string> eventsIn(const std::vector<std::string_view>& pieces) {
    server::SseReader reader;
    std::vector<std::string> events;
    for (std::string_view piece : pieces) {
        while (!piece.empty()) {
            if (const auto event = reader.next(piece))
                events.push_back(event->name + "|" + event->data);
        }
    }
    return events;
}

TEST(FuzzHttp, AnEventStreamMeansTheSameHoweverItIsCut) {
    Mutations mutations(5,
                        {"event: a\ndata: {\"x\":1}\n\ndata: y\r\ndata: z\r\n\r\n",
                         ": comment\r\rdata:[DONE]\n\n", "data\n\nid: 1\nretry: 5\n\n"},
                        {"\r", "\n", "\r\n", "data:", "event:", ":", "\xef\xbb\xbf", "\n\n"});
    for (std::uint64_t round = fuzzRounds(); round > 0; --round) {
        const std::string bytes = mutations.next();
        ASSERT_EQ(eventsIn({bytes}), eventsIn(inPieces(bytes, mutations.chance())))
            << testing::PrintToString(bytes);
    }
}

}  // namespace
}  // namespace waybill::test
