// Does the reader see the response that was sent, however the bytes are cut?
#include "http/response_reader.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

using State = ResponseReader::State;

constexpr ResponseLimits kLimits{.head_bytes = 1024, .kept_body_bytes = 64, .body_bytes = 512};

/// All that can be seen of a response.
struct Seen {
    State state = State::kHead;
    int status = 0;
    std::string body;
    bool truncated = false;
    bool reusable = false;
    std::size_t used = 0;
    std::string problem;
    friend bool operator==(const Seen&, const Seen&) = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    return out << "state " << static_cast<int>(seen.state) << ", status " << seen.status
               << ", body '" << seen.body << "', truncated " << seen.truncated << ", reusable "
               << seen.reusable << ", used " << seen.used << ", problem '" << seen.problem << "'";
}

enum class End { kOpen, kClosed, kCut };

class Fed {
public:
    void feed(std::string_view bytes) { used_ += reader_.feed(bytes); }
    Seen result(End end) {
        if (end != End::kOpen && !reader_.finished()) reader_.endOfStream(end == End::kClosed);
        Seen seen;
        seen.state = reader_.state();
        seen.status = reader_.headComplete() ? reader_.head().status : 0;
        seen.truncated = reader_.truncated();
        seen.reusable = reader_.reusable();
        seen.used = used_;
        seen.problem = reader_.problem();
        seen.body = reader_.takeBody();
        return seen;
    }

private:
    ResponseReader reader_{kLimits};
    std::size_t used_ = 0;
};

TEST(ResponseReader, WithoutMemoryLessIsKeptAndTheSameIsRead) {
    const std::string text =
        "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 30\r\n\r\n" + std::string(30, 'x');
    const std::size_t all = text.size();
    for (std::size_t room = 1; room <= all; ++room) {
        const auto memory = std::make_shared<ByteBudget>(1000);
        const auto others = memory->tryTake(1000 - room);
        ResponseReader reader(kLimits, memory);
        EXPECT_EQ(reader.feed(text), all);
        EXPECT_EQ(reader.state(), State::kComplete);
        EXPECT_TRUE(reader.reusable());
        EXPECT_EQ(reader.head().content_length, 30u);
        EXPECT_EQ(reader.truncated(), room < all) << room;
        const std::string head = reader.takeHeadText();
        const std::string body = reader.takeBody();
        EXPECT_LE(head.size() + body.size(), room);
        EXPECT_TRUE(text.starts_with(head)) << head;
        const auto held = reader.takeHeld();
        EXPECT_LE(memory->used(), 1000u);
    }
}

Seen readWhole(std::string_view bytes, End end) {
    Fed fed;
    fed.feed(bytes);
    return fed.result(end);
}

Seen readByteByByte(std::string_view bytes, End end) {
    Fed fed;
    for (const char& byte : bytes)
        fed.feed({&byte, 1});
    return fed.result(end);
}

Seen readCutAt(std::size_t cut, std::string_view bytes, End end) {
    Fed fed;
    fed.feed(bytes.substr(0, cut));
    fed.feed(bytes.substr(cut));
    return fed.result(end);
}

/// Reads it whole, byte by byte and in two pieces cut at every place: all must see the same.
Seen read(std::string_view bytes, End end = End::kOpen) {
    const Seen whole = readWhole(bytes, end);
    EXPECT_EQ(readByteByByte(bytes, end), whole) << bytes;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        EXPECT_EQ(readCutAt(cut, bytes, end), whole) << "cut at " << cut << ": " << bytes;
    }
    return whole;
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(ResponseReader, BodyOfAGivenLength) {
    const auto seen = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(seen.state, State::kComplete);
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.body, "hello");
    EXPECT_FALSE(seen.truncated);
    EXPECT_TRUE(seen.reusable);
}

TEST(ResponseReader, TheResponseToAHeadEndsWithItsHead) {
    for (const char* framing : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
        ResponseReader reader(kLimits);
        reader.expectNoBody();
        const std::string head = std::string("HTTP/1.1 200 OK\r\n") + framing + "\r\n";
        EXPECT_EQ(reader.feed(head + "HTTP"), head.size());
        EXPECT_EQ(reader.state(), State::kComplete);
        EXPECT_TRUE(reader.reusable());
        EXPECT_FALSE(reader.truncated());
    }
}

TEST(ResponseReader, HeadIsKeptAsReceived) {
    ResponseReader reader(kLimits);
    reader.feed("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    reader.feed("HTTP/1.1 500 Oh  no\r\nX-Odd:   spaced  \r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(reader.takeHeadText(),
              "HTTP/1.1 500 Oh  no\r\nX-Odd:   spaced  \r\nContent-Length: 0\r\n");
}

TEST(ResponseReader, ResponsesThatEnd) {
    const struct {
        const char* what;
        std::string bytes;
        int status;
        const char* body;
        bool reusable;
    } cases[] = {
        {"no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
        {"no body, and of no length", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204,
         "", true},
        {"no body, which may come", "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 204, "",
         false},
        {"no body, which may come in chunks",
         "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 204, "", false},
        {"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 304, "", false},
        {"empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true},
        {"no reason phrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, "", true},
        {"no space either", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", true},
        {"odd status", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", 999, "", true},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false},
        {"HTTP/1.2", "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true},
        {"close", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nhi", 200,
         "hi", false},
        {"same length twice",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2, 2\r\n\r\nhi", 200, "hi", true},
        {"leading zeros", "HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nhi", 200, "hi", true},
        {"no space after colon", "HTTP/1.1 200 OK\r\nContent-Length:2\r\n\r\nhi", 200, "hi", true},
        {"tabs around value", "HTTP/1.1 200 OK\r\nContent-Length:\t 2\t\r\n\r\nhi", 200, "hi",
         true},
        {"lone LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, "hi", false},
        {"folded field of no concern",
         "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\n\tc\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true},
        {"Latin-1 in a value", "HTTP/1.1 200 OK\r\nX: caf\xe9\r\nContent-Length: 2\r\n\r\nhi", 200,
         "hi", true},
        {"chunked",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n"
         "0\r\n\r\n",
         200, "hello world", true},
        {"chunk sizes in hex, extensions, trailers",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
         "00A;name=\"va;lue\" ; x\r\n0123456789\r\n0;last\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
         200, "0123456789", true},
        {"chunked wins over a length, but is not trusted",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
         "2\r\nhi\r\n0\r\n\r\n",
         200, "hi", false},
        {"chunked in HTTP/1.0",
         "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 200, "hi",
         false},
        {"interim answers",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n"
         "Content-Length: 9\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi",
         201, "hi", true},
        {"the most interim answers",
         repeated("HTTP/1.1 102 P\r\n\r\n", 16) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
         200, "hi", true},
    };
    for (const auto& [what, bytes, status, body, reusable] : cases) {
        SCOPED_TRACE(what);
        const auto seen = read(bytes);
        EXPECT_EQ(seen.state, State::kComplete);
        EXPECT_EQ(seen.status, status);
        EXPECT_EQ(seen.body, body);
        EXPECT_FALSE(seen.truncated);
        EXPECT_EQ(seen.reusable, reusable);
        EXPECT_EQ(seen.used, bytes.size());
    }
}

TEST(ResponseReader, MalformedHeads) {
    const auto with = [](std::string_view line) {
        return "HTTP/1.1 200 OK\r\n" + std::string(line) + "\r\nContent-Length: 0\r\n\r\n";
    };
    const struct {
        std::string bytes;
        const char* problem;
    } cases[] = {
        {"\r\n", "no HTTP/1 answer"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP/1 answer"},
        {"HTTP/2 200 OK\r\n", "no HTTP/1 answer"},
        {"HTTP/9.9 200 OK\r\n", "no HTTP/1 answer"},
        {"http/1.1 200 OK\r\n", "no HTTP/1 answer"},
        {"HTTP/1.1\r\n", "no HTTP/1 answer"},
        {"HTTP/1.11 200 OK\r\n", "no HTTP/1 answer"},
        {"HTTP/1.1  200 OK\r\n", "a malformed status"},
        {" HTTP/1.1 200 OK\r\n", "no HTTP/1 answer"},
        {"ICY 200 OK\r\n", "no HTTP/1 answer"},
        {"HTTP/1.1 20 OK\r\n", "a malformed status"},
        {"HTTP/1.1 099 OK\r\n", "a malformed status"},
        {"HTTP/1.1 2000 OK\r\n", "a malformed status"},
        {"HTTP/1.1 -20 OK\r\n", "a malformed status"},
        {"HTTP/1.1 +20 OK\r\n", "a malformed status"},
        {"HTTP/1.1 0x2 OK\r\n", "a malformed status"},
        {"HTTP/1.1 2 0 OK\r\n", "a malformed status"},
        {"HTTP/1.1 200 O\rK\r\n", "a control character in its head"},
        {"HTTP/1.1 200 OK\r\r\n", "a control character in its head"},
        {"HTTP/1.1 200 OK\r\n folded\r\n", "a folded header line"},
        {with("no colon"), "a header line without a colon"},
        {with(": no name"), "a malformed header name"},
        {with("Space : before colon"), "a malformed header name"},
        {with("Na me: x"), "a malformed header name"},
        {with("N\xc3\xa4me: x"), "a malformed header name"},
        {with("X: a\rb"), "a control character in its head"},
        {with(std::string("X: a\0b", 6)), "a control character in its head"},
        {with("X: \x1b[31m"), "a control character in its head"},
        {with("Content-Length: -1"), "a malformed Content-Length"},
        {with("Content-Length: +5"), "a malformed Content-Length"},
        {with("Content-Length:"), "a malformed Content-Length"},
        {with("Content-Length: 5x"), "a malformed Content-Length"},
        {with("Content-Length: 0x5"), "a malformed Content-Length"},
        {with("Content-Length: 5 5"), "a malformed Content-Length"},
        {with("Content-Length: 0,"), "a malformed Content-Length"},
        {with("Content-Length: 99999999999999999999"), "a malformed Content-Length"},
        {with("Content-Length: 5"), "two different Content-Lengths"},
        {with("Content-Length: 0, 5"), "two different Content-Lengths"},
        {with("Content-Length: 0\r\n ,5"), "a folded header line"},
        {with("Transfer-Encoding: gzip"), "a Transfer-Encoding other than chunked"},
        {with("Transfer-Encoding: gzip, chunked"), "a Transfer-Encoding other than chunked"},
        {with("Transfer-Encoding: chunked, chunked"), "a Transfer-Encoding other than chunked"},
        {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
         "a Transfer-Encoding other than chunked"},
        {with("Transfer-Encoding: xchunked"), "a Transfer-Encoding other than chunked"},
        {with("Transfer-Encoding: identity"), "a Transfer-Encoding other than chunked"},
        {with("Transfer-Encoding:"), "a Transfer-Encoding other than chunked"},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
         "a protocol switch that was not asked for"},
        {repeated("HTTP/1.1 100 Continue\r\n\r\n", 17), "too many interim answers"},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(1200, 'x'), "a head that is too long"},
        {"HTTP/1.1 200 OK\r\n" + repeated("X: y\r\n", 200), "a head that is too long"},
        {std::string(1200, 'x'), "a head that is too long"},
        {repeated("HTTP/1.1 102 " + std::string(100, 'p') + "\r\n\r\n", 12),
         "a head that is too long"},
    };
    for (const auto& [bytes, problem] : cases) {
        const auto seen = read(bytes);
        EXPECT_EQ(seen.state, State::kMalformed) << bytes;
        EXPECT_EQ(seen.problem, problem) << bytes;
        EXPECT_TRUE(seen.truncated) << bytes;
        EXPECT_FALSE(seen.reusable) << bytes;
    }
}

TEST(ResponseReader, HeadLimitIsExact) {
    const std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
    const std::string end = "\r\n\r\n";
    const std::string filler(kLimits.head_bytes - begin.size() - end.size(), 'x');
    EXPECT_EQ(read(begin + filler + end).state, State::kComplete);
    EXPECT_EQ(read(begin + filler + "x" + end).state, State::kMalformed);
}

TEST(ResponseReader, HeadCutShortIsNoAnswer) {
    const std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (std::size_t length = 0; length < head.size(); ++length) {
        const auto seen = readWhole(head.substr(0, length), End::kClosed);
        EXPECT_EQ(seen.state, State::kMalformed) << length;
        EXPECT_EQ(seen.problem, "the connection was closed within its head");
        EXPECT_EQ(seen.truncated, length > 0);
    }
}

TEST(ResponseReader, BodyUntilTheConnectionCloses) {
    const std::string bytes = "HTTP/1.1 200 OK\r\n\r\nall of it";
    EXPECT_EQ(read(bytes).state, State::kBody);
    const auto closed = read(bytes, End::kClosed);
    EXPECT_EQ(closed.state, State::kComplete);
    EXPECT_EQ(closed.body, "all of it");
    EXPECT_FALSE(closed.truncated);
    EXPECT_FALSE(closed.reusable);
    EXPECT_TRUE(read(bytes, End::kCut).truncated);
}

TEST(ResponseReader, StatusStandsWhateverTheBodyDoes) {
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const struct {
        const char* what;
        std::string bytes;
        const char* body;
    } cases[] = {
        {"cut within a length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel", "hel"},
        {"cut before a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ""},
        {"cut within a chunk", chunked + "a\r\nhel", "hel"},
        {"cut between chunks", chunked + "3\r\nhel\r\n", "hel"},
        {"cut before the last line", chunked + "3\r\nhel\r\n0\r\n", "hel"},
        {"no chunk size", chunked + "\r\nhel", ""},
        {"negative chunk size", chunked + "-3\r\nhel\r\n", ""},
        {"signed chunk size", chunked + "+3\r\nhel\r\n", ""},
        {"prefixed chunk size", chunked + "0x3\r\nhel\r\n", ""},
        {"space before the chunk size", chunked + " 3\r\nhel\r\n", ""},
        {"tab before the chunk size", chunked + "\t3\r\nhel\r\n", ""},
        {"chunk size beyond 64 bits", chunked + "10000000000000003\r\nhel\r\n", ""},
        {"LF after the chunk size", chunked + "3\nhel\r\n", ""},
        {"control character in an extension", chunked + "3;\x01\r\nhel\r\n", ""},
        {"chunk longer than it says", chunked + "3\r\nhelp\r\n", "hel"},
        {"junk after a chunk", chunked + "3\r\nhelX\r\n0\r\n\r\n", "hel"},
        {"endless extension", chunked + "3;" + std::string(5000, 'x'), ""},
        {"endless trailers", chunked + "0\r\n" + repeated("X: y\r\n", 4000), ""},
        {"control character in a trailer", chunked + "0\r\nX: \x7f\r\n\r\n", ""},
    };
    for (const auto& [what, bytes, body] : cases) {
        SCOPED_TRACE(what);
        const auto seen =
            bytes.size() < 400 ? read(bytes, End::kClosed) : readByteByByte(bytes, End::kClosed);
        EXPECT_EQ(seen.state, State::kComplete);
        EXPECT_EQ(seen.status, 200);
        EXPECT_EQ(seen.body, body);
        EXPECT_TRUE(seen.truncated);
        EXPECT_FALSE(seen.reusable);
    }
}

TEST(ResponseReader, MoreThanIsKeptIsReadAndMarked) {
    const auto seen =
        read("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'b'));
    EXPECT_EQ(seen.state, State::kComplete);
    EXPECT_EQ(seen.body, std::string(64, 'b'));
    EXPECT_TRUE(seen.truncated);
    EXPECT_TRUE(seen.reusable);
}

TEST(ResponseReader, MoreThanIsReadEndsIt) {
    const std::string huge(1000, 'b');
    for (const std::string framing : {"Content-Length: 1000\r\n\r\n", "X: until close\r\n\r\n",
                                      "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"}) {
        const std::string head = "HTTP/1.1 200 OK\r\n" + framing;
        const auto seen = readByteByByte(head + huge, End::kOpen);
        EXPECT_EQ(seen.state, State::kComplete) << framing;
        EXPECT_EQ(seen.status, 200) << framing;
        EXPECT_EQ(seen.body, std::string(64, 'b')) << framing;
        EXPECT_TRUE(seen.truncated) << framing;
        EXPECT_FALSE(seen.reusable) << framing;
        EXPECT_EQ(readWhole(head + huge, End::kOpen), seen) << framing;
    }
}

TEST(ResponseReader, TakesNothingBeyondItsEnd) {
    const std::string_view next = "HTTP/1.1 500 Not yours\r\n\r\n";
    for (const std::string response :
         {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"}) {
        const auto seen = read(response + std::string(next));
        EXPECT_EQ(seen.used, response.size()) << response;
        EXPECT_NE(seen.status, 500) << response;
    }
}

TEST(ResponseReader, ReadsWhatTheReceiverAsksFor) {
    ResponseReader reader(kLimits);
    reader.feed(
        "HTTP/1.1 503 Busy\r\nretry-AFTER:  120 \r\nRetry-After: 7\r\n"
        "Keep-Alive: max=9, Timeout=5\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(reader.head().retry_after, "120");
    EXPECT_EQ(reader.head().keep_alive_seconds, 5u);
}

}  // namespace
}  // namespace waybill::http
