// Are server-sent events read as the format says?
#include "admin/event_stream_reader.h"

#include <Poco/Exception.h>
#include <gtest/gtest.h>

#include <sstream>

namespace waybill {
namespace {

/// What is read: the data of events, `-` for a comment.
std::vector<std::string> readAll(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> seen;
    const bool ended = !readEventStream(stream, [&](const std::string* data) {
        seen.push_back(data == nullptr ? "-" : *data);
        return true;
    });
    EXPECT_TRUE(ended);
    return seen;
}

using Seen = std::vector<std::string>;

TEST(EventStreamReader, TakesDataAndComments) {
    EXPECT_EQ(readAll("retry: 1000\n\n: hello\n\nid: 1\ndata: {\"a\":1}\n\ndata:b\r\n\r\n"),
              (Seen{"-", "{\"a\":1}", "b"}));
}

TEST(EventStreamReader, JoinsLinesOfOneEvent) {
    EXPECT_EQ(readAll("data: a\ndata:  b\n\n"), (Seen{"a\n b"}));
}

TEST(EventStreamReader, AnEventThatWasCutIsNone) {
    EXPECT_EQ(readAll("data: whole\n\ndata: half"), (Seen{"whole"}));
    EXPECT_EQ(readAll("data: half\n"), (Seen{}));
}

TEST(EventStreamReader, StopsWhenItIsToldTo) {
    std::istringstream stream("data: 1\n\ndata: 2\n\n");
    int seen = 0;
    EXPECT_TRUE(readEventStream(stream, [&](const std::string*) { return ++seen < 1; }));
    EXPECT_EQ(seen, 1);
}

TEST(EventStreamReader, ALineHasALimit) {
    std::istringstream stream("data: " + std::string(5 * 1024 * 1024, 'x') + "\n\n");
    EXPECT_THROW(readEventStream(stream, [](const std::string*) { return true; }),
                 Poco::DataException);
}

TEST(EventStreamReader, AnEventOfManyLinesHasALimit) {
    std::string bytes;
    for (int line = 0; line < 10; ++line)
        bytes += "data: " + std::string(1024 * 1024, 'x') + "\n";
    std::istringstream stream(bytes + "\n");
    EXPECT_THROW(readEventStream(stream, [](const std::string*) { return true; }),
                 Poco::DataException);
}

}  // namespace
}  // namespace waybill
