// Does a chunked body come out right however it is cut, and is everything else refused?
#include "http/chunked_decoder.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

using State = ChunkedDecoder::State;

State decode(std::string_view input, std::string& body, std::size_t& consumed,
             std::size_t limit = 1000) {
    ChunkedDecoder decoder(limit);
    return decoder.feed(input, body, consumed);
}

State stateAfter(std::string_view input, std::size_t limit = 1000) {
    std::string body;
    std::size_t consumed = 0;
    return decode(input, body, consumed, limit);
}

const std::string kBody = "5;x=\"y\"\r\nhello\r\n1 \r\n \r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n";

TEST(ChunkedDecoder, LeavesWhatFollowsTheBody) {
    std::string body;
    std::size_t consumed = 0;
    EXPECT_EQ(decode(kBody + "GET", body, consumed), State::kDone);
    EXPECT_EQ(body, "hello 0123456789");
    EXPECT_EQ(consumed, kBody.size());
}

TEST(ChunkedDecoder, GivesTheSameForEveryCut) {
    for (std::size_t cut = 0; cut < kBody.size(); ++cut) {
        ChunkedDecoder decoder(1000);
        std::string body;
        std::size_t consumed = 0;
        EXPECT_EQ(decoder.feed(kBody.substr(0, cut), body, consumed), State::kMore);
        EXPECT_EQ(consumed, cut);
        EXPECT_EQ(decoder.feed(kBody.substr(cut), body, consumed), State::kDone);
        EXPECT_EQ(body, "hello 0123456789");
    }
}

TEST(ChunkedDecoder, RefusesWhatIsMalformed) {
    for (const char* input :
         {"\r\n", "x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", "1\na\r\n", "1\r\nab\r\n",
          "1\r\na\n", "1 2\r\na\r\n", "1\r;\r\na\r\n", "fffffffffffffffff\r\n", " 1\r\na\r\n"})
        EXPECT_EQ(stateAfter(input), State::kMalformed) << input;
}

TEST(ChunkedDecoder, BoundsEverything) {
    EXPECT_EQ(stateAfter("b\r\n", 10), State::kTooLarge);
    EXPECT_EQ(stateAfter("ffffffffffffffff\r\n"), State::kTooLarge);
    EXPECT_EQ(stateAfter("6\r\n123456\r\n5\r\n", 10), State::kTooLarge);
    EXPECT_EQ(stateAfter("1;" + std::string(300, 'x')), State::kMalformed);
    std::string trailers = "0\r\n";
    for (int i = 0; i < 100; ++i)
        trailers += std::string(200, 'x') + "\r\n";
    EXPECT_EQ(stateAfter(trailers), State::kMalformed);
}

}  // namespace
}  // namespace waybill::server
