// Does the same come out of a stream of events wherever it is cut?
#include "llm/stream/sse_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "llm/stream/sse_block.h"

namespace waybill::server {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

void readInto(Events& events, SseReader& reader, std::string_view bytes) {
    while (auto event = reader.next(bytes))
        events.emplace_back(event->name, event->data);
    EXPECT_TRUE(bytes.empty());
}

Events read(std::string_view text) {
    SseReader reader;
    Events events;
    readInto(events, reader, text);
    return events;
}

TEST(SseReader, ReadsNamesAndData) {
    EXPECT_EQ(read("event: a\ndata: 1\n\ndata:2\n\n"), (Events{{"a", "1"}, {"", "2"}}));
    EXPECT_EQ(read("data:  two spaces \n\n"), (Events{{"", " two spaces "}}));
    EXPECT_EQ(read("data: a\ndata\ndata: b\n\n"), (Events{{"", "a\n\nb"}}));
    EXPECT_EQ(read("data\n\n"), (Events{{"", ""}}));
}

TEST(SseReader, EveryKindOfLineEndIsOne) {
    for (const std::string end : {"\n", "\r", "\r\n"}) {
        const std::string text = "event: a" + end + "data: 1" + end + end + "data: 2" + end + end;
        EXPECT_EQ(read(text), (Events{{"a", "1"}, {"", "2"}}));
    }
}

TEST(SseReader, WhatIsNoEventIsSkipped) {
    EXPECT_EQ(read(": comment\n\n\n\nevent: lonely\n\nid: 7\nretry: 5\nunknown: x\ndata: 1\n\n"),
              (Events{{"", "1"}}));
    EXPECT_EQ(read("datafile: x\ndat: y\na-very-long-name-that-nobody-knows: z\n\n"), Events{});
    EXPECT_EQ(read("\xEF\xBB\xBF"
                   "data: 1\n\n"),
              (Events{{"", "1"}}));
    EXPECT_EQ(read("data: unfinished\n"), Events{});
}

TEST(SseReader, CutAnywhereTheSameEventsComeOut) {
    const std::string text =
        "\xEF\xBB\xBF: hi\r\n\r\nevent: a\r\ndata: {\"x\":1}\r\ndata: two\r\n\r\n"
        "data:3\rid: 1\r\revent:b\ndata: 4\n\n: ping\n\ndata: [DONE]\n\n";
    const Events whole = read(text);
    ASSERT_EQ(whole.size(), 4u);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        SseReader reader;
        Events events;
        readInto(events, reader, std::string_view(text).substr(0, cut));
        readInto(events, reader, std::string_view(text).substr(cut));
        EXPECT_EQ(events, whole) << cut;
        EXPECT_TRUE(reader.betweenEvents());
    }
    SseReader reader;
    Events events;
    for (const char c : text)
        readInto(events, reader, std::string_view(&c, 1));
    EXPECT_EQ(events, whole);
}

TEST(SseReader, KnowsWhetherItIsBetweenEvents) {
    SseReader reader;
    Events events;
    readInto(events, reader, ": comment\n");
    EXPECT_TRUE(reader.betweenEvents());
    readInto(events, reader, "da");
    EXPECT_FALSE(reader.betweenEvents());
    readInto(events, reader, "ta: 1\n");
    EXPECT_FALSE(reader.betweenEvents());
    readInto(events, reader, "\n");
    EXPECT_TRUE(reader.betweenEvents());
}

TEST(SseReader, GivesWhatHasComeOfAnEventAtTheEndOfTheStream) {
    const auto rest = [](std::string_view text) -> Events {
        SseReader reader;
        Events events;
        readInto(events, reader, text);
        const auto event = reader.unfinished();
        return event ? Events{{event->name, event->data}} : Events{};
    };
    EXPECT_EQ(rest("data: 1\n\nevent: a\ndata: 2\ndata: 3"), (Events{{"a", "2\n3"}}));
    EXPECT_EQ(rest("data: 1\n"), (Events{{"", "1"}}));
    EXPECT_EQ(rest("data: 1\n\n"), Events{});
    EXPECT_EQ(rest("data: 1\n\nevent: a\nda"), Events{});
}

TEST(SseBlock, OnlyTheDataChanges) {
    const auto edited = [](std::string_view block, std::string_view data) {
        return withData(block, data, false);
    };
    EXPECT_EQ(edited("id: 1\r\nevent: a\r\ndata: {}\r\n: c\r\nretry: 5\r\n\r\n", "{\"b\":2}"),
              "id: 1\r\nevent: a\r\ndata: {\"b\":2}\r\n: c\r\nretry: 5\r\n\r\n");
    EXPECT_EQ(edited("data:a\ndata:b\ndatax: c\n\n", "d"), "data: d\ndatax: c\n\n");
    EXPECT_EQ(edited("\xEF\xBB\xBF"
                     "data: a\ndata: b\n\n",
                     "d"),
              "\xEF\xBB\xBF"
              "data: a\ndata: d\n\n")
        << "that is no byte order mark";
    EXPECT_EQ(withData("\xEF\xBB\xBF"
                       "data: a\r\r",
                       "d", true),
              "\xEF\xBB\xBF"
              "data: d\r\r");
}

TEST(SseBlock, EveryReaderReadsTheDataThatWasWritten) {
    const std::string data = asEventData("{\"a\":\r\n 1,\r\"b\":\n[\n]}");
    EXPECT_EQ(data, "{\"a\": \n 1,\n\"b\":\n[\n]}");
    for (const std::string end : {"\n", "\r", "\r\n"}) {
        for (const std::string lines : {"data: x", "data:x", "data: x%data: y", "data%data: y"}) {
            std::string block = "id: 7%event: e%" + lines + "%: c%retry: 1%%";
            for (std::size_t at; (at = block.find('%')) != std::string::npos;)
                block.replace(at, 1, end);
            const std::string written = withData(block, data, false);
            EXPECT_EQ(read(written), (Events{{"e", data}})) << written;
            for (const std::string line : {"id: 7", "event: e", ": c", "retry: 1"})
                EXPECT_NE(written.find(line + end), std::string::npos) << written;
        }
    }
    SseReader reader;
    Events events;
    readInto(events, reader, withData("data: x\ndata: y", data, false));
    EXPECT_EQ(reader.unfinished()->data, data) << "also without the end of its last line";
}

}  // namespace
}  // namespace waybill::server
