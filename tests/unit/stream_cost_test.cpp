// Is what a stream costs linear in its bytes, whatever the backend sends?
#include <gtest/gtest.h>
#include <time.h>

#include <functional>
#include <vector>

#include "llm/stream/stream_assembler.h"

namespace waybill::server {
namespace {

using Lines = std::vector<std::string>;

/// How long the events of size `n` take, in nanoseconds of this thread.
template <typename Make>
double nanosecondsFor(ApiKind api, const Make& make, int n) {
    const std::vector<std::string> events = make(n);
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
    };
    const double begin = now();
    const auto assembler = makeStreamAssembler(api, "");
    for (const std::string& data : events)
        assembler->take({"", data});
    EXPECT_EQ(assembler->finish(true).has_value(), assembler->done());
    return now() - begin;
}

std::string repeated(int n, const std::function<std::string(int)>& piece) {
    std::string text;
    for (int i = 0; i < n; ++i)
        text.append(i == 0 ? "" : ",").append(piece(i));
    return text;
}

TEST(StreamCost, IsLinearInTheBytesWhateverTheyAre) {
    const auto delta = [](const std::string& members) {
        return R"({"id":"c","choices":[{"index":0,"delta":{)" + members + "}}]}";
    };
    const auto number = [](std::int64_t i) { return std::to_string(i); };
    using Make = std::function<Lines(int)>;
    const std::vector<std::pair<std::string, Make>> shapes = {
        {"members of a delta",
         [&](int n) {
             return Lines{delta(repeated(n, [&](int i) { return "\"k" + number(i) + "\":1"; })),
                          delta(repeated(n, [&](int i) { return "\"k" + number(i) + "\":2"; }))};
         }},
        {"members of a chunk",
         [&](int n) {
             return Lines{"{" + repeated(n, [&](int i) { return "\"k" + number(i) + "\":1"; }) +
                          "}"};
         }},
        {"the same key",
         [&](int n) {
             return Lines{delta(repeated(n, [](int) { return std::string("\"content\":\"x\""); }))};
         }},
        {"descending indices of tool calls",
         [&](int n) {
             return Lines{delta("\"tool_calls\":[" +
                                repeated(n,
                                         [&](int i) {
                                             return "{\"index\":" + number(4'000'000'000 - i) +
                                                    ",\"id\":\"i" + number(i) +
                                                    "\",\"function\":{\"arguments\":\"{}\"}}";
                                         }) +
                                "]")};
         }},
        {"tool calls at one index",
         [&](int n) {
             return Lines{delta(
                 "\"tool_calls\":[" +
                 repeated(n, [&](int i) { return "{\"index\":0,\"id\":\"" + number(i) + "\"}"; }) +
                 "]")};
         }},
        {"descending own indices",
         [&](int n) {
             return Lines{delta(
                 "\"x\":[" +
                 repeated(n,
                          [&](int i) { return "{\"index\":" + number(4'000'000'000 - i) + "}"; }) +
                 "]")};
         }},
        {"reasoning details",
         [&](int n) {
             return Lines{delta("\"reasoning_details\":[" +
                                repeated(n,
                                         [&](int i) {
                                             return "{\"index\":" + number(n - i) +
                                                    ",\"type\":\"reasoning.text\"}";
                                         }) +
                                "]")};
         }},
        {"content parts",
         [&](int n) {
             return Lines{
                 delta("\"content\":[" +
                       repeated(n,
                                [&](int i) {
                                    return i % 2 ? std::string("{\"type\":\"text\",\"text\":\"x\"}")
                                                 : std::string("{\"type\":\"image\"}");
                                }) +
                       "]")};
         }},
        {"choices",
         [&](int n) {
             return Lines{"{\"choices\":[" +
                          repeated(n,
                                   [&](int i) {
                                       return "{\"index\":" + number(n - i) +
                                              ",\"delta\":{\"content\":\"x\"}}";
                                   }) +
                          "]}"};
         }},
        {"white space in an array that says nothing",
         [&](int n) {
             Lines events(static_cast<std::size_t>(n) / 8, delta(R"("x":[])"));
             events.insert(events.begin(),
                           delta("\"x\":[" + std::string(static_cast<std::size_t>(n), ' ') + "]"));
             return events;
         }},
        {"chunks",
         [&](int n) {
             return Lines(static_cast<std::size_t>(n) / 4,
                          delta("\"content\":\"x\",\"u\":\"v\",\"tool_calls\":[{\"index\":0,"
                                "\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}]"));
         }},
    };
    for (const auto& [name, make] : shapes) {
        constexpr int kSize = 4'000;
        nanosecondsFor(ApiKind::kChatCompletions, make, kSize);  // what only the first run costs
        // Sixteen times the bytes: linear is 16, n log n hardly more, quadratic 256.
        double ratio = 0;
        for (int run = 0; run < 3 && (run == 0 || ratio > 64); ++run)
            ratio = nanosecondsFor(ApiKind::kChatCompletions, make, 16 * kSize) /
                    nanosecondsFor(ApiKind::kChatCompletions, make, kSize);
        EXPECT_LT(ratio, 64) << name;
    }
    const Make blocks = [&](int n) {
        Lines events = {R"({"type":"message_start","message":{"id":"m"}})"};
        for (int i = 0; i < n / 4; ++i)
            events.push_back(R"({"type":"content_block_start","index":)" + number(n - i) +
                             R"(,"content_block":{"type":"text","text":""}})");
        return events;
    };
    EXPECT_LT(nanosecondsFor(ApiKind::kMessages, blocks, 64'000) /
                  nanosecondsFor(ApiKind::kMessages, blocks, 4'000),
              64);
}

TEST(StreamCost, MoreTinyValuesThanMemoryIsForMakeNoObjectAndAreNotHeld) {
    const auto reasonOf = [](const std::string& front, const std::string& piece, int in_event,
                             int events) {
        const auto assembler = makeStreamAssembler(ApiKind::kChatCompletions, "");
        int at = 0;
        for (int event = 0; event < events && assembler->reason().empty(); ++event)
            assembler->take(
                {"", R"({"choices":[{"index":0,"delta":{)" + front + repeated(in_event, [&](int) {
                         std::string text = piece;
                         const std::size_t place = text.find('%');
                         return text.replace(place, 1, std::to_string(at++));
                     }) + (front.empty() ? "}}]}" : "]}}]}")});
        return assembler->reason();
    };
    const std::string too_many =
        "The backend's stream has more members and elements than can be put together.";
    EXPECT_EQ(reasonOf("", R"("k%":1)", 5'000, 1'200), too_many);
    EXPECT_EQ(reasonOf("", R"("k%":1)", 2'000'000, 1), too_many) << "in one event";
    EXPECT_EQ(reasonOf(R"("tool_calls":[)", R"({"id":"%"})", 5'000, 1'200), too_many);
    EXPECT_EQ(reasonOf("", R"("k%":1)", 5'000, 10), "");
    EXPECT_EQ(reasonOf(R"("x":[)", "%", 5'000, 300), "") << "elements that are kept as they came";
}

}  // namespace
}  // namespace waybill::server
