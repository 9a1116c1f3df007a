// Does the stream made from an object amount to that object?
#include "llm/stream/object_stream.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "llm/stream/sse_reader.h"
#include "llm/stream/stream_assembler.h"

namespace waybill::server {
namespace {

using Json = nlohmann::json;

Json thereAndBack(ApiKind api, const std::string& object) {
    const std::string stream = objectStream(api, object);
    const auto assembler = makeStreamAssembler(api, "");
    SseReader reader;
    std::string_view bytes = stream;
    while (const auto event = reader.next(bytes))
        assembler->take(*event);
    EXPECT_TRUE(reader.betweenEvents());
    EXPECT_TRUE(assembler->done()) << stream;
    return Json::parse(assembler->finish(true).value_or("null"));
}

TEST(ObjectStream, OfAChatCompletion) {
    const std::string object =
        R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[)"
        R"({"index":0,"message":{"role":"assistant","content":"a\"b"},"logprobs":null,"finish_reason":"stop"},)"
        R"({"index":1,"message":{"role":"assistant","content":null,"tool_calls":[)"
        R"({"id":"t0","type":"function","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"t1","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}]},)"
        R"("logprobs":null,"finish_reason":"tool_calls"}],"usage":{"total_tokens":3}})";
    EXPECT_EQ(thereAndBack(ApiKind::kChatCompletions, object), Json::parse(object));
}

TEST(ObjectStream, OfAMessage) {
    const std::string object =
        R"({"id":"m","type":"message","role":"assistant","model":"c","content":[)"
        R"({"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"a\nb"},)"
        R"({"type":"tool_use","id":"t","name":"f","input":{"x":[1,"y"]}},{"type":"other","z":1}],)"
        R"("stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}})";
    EXPECT_EQ(thereAndBack(ApiKind::kMessages, object), Json::parse(object));
}

TEST(ObjectStream, OfAResponse) {
    for (const char* status : {"completed", "incomplete", "failed"}) {
        const std::string object =
            R"({"id":"r","status":")" + std::string(status) +
            R"(","output":[{"type":"reasoning","id":"x"},{"type":"message","id":"y","status":"completed",)"
            R"("content":[{"type":"output_text","text":"hi"},{"type":"refusal","refusal":"no"}]}],)"
            R"("usage":{"total_tokens":2}})";
        EXPECT_EQ(thereAndBack(ApiKind::kResponses, object), Json::parse(object));
        EXPECT_NE(objectStream(ApiKind::kResponses, object).find(R"("delta":"hi")"),
                  std::string::npos);
    }
}

TEST(ObjectStream, OfAnIndentedObjectHasEachEventsDataOnOneLine) {
    const std::string head = "\n{\r\n \"id\":\"x\",\r\"type\":\"message\",\n\n";
    const std::vector<std::pair<ApiKind, std::string>> objects = {
        {ApiKind::kResponses,
         head + "\"status\":\n\"completed\",\"output\":[\n{\"id\":\r\"y\"}\n]\n}\r\n"},
        {ApiKind::kChatCompletions,
         head + "\"choices\":[\n{\"index\":0,\n\"message\":{\n\"content\":\"a\"\r},"
                "\"finish_reason\":\n\"stop\"}]}"},
        {ApiKind::kMessages,
         head + "\"content\":[{\"type\":\n\"text\",\n\"text\":\"a\"}],\"usage\":{\n}\n}"}};
    for (const auto& [api, object] : objects) {
        const std::string stream = objectStream(api, object);
        std::istringstream lines(stream);
        for (std::string line; std::getline(lines, line);)
            EXPECT_TRUE(line.empty() || line.starts_with("event: ") || line == "data: [DONE]" ||
                        (line.starts_with("data: ") && Json::accept(line.substr(6))))
                << line;
        EXPECT_EQ(thereAndBack(api, object).value("id", ""), "x");
    }
}

TEST(ObjectStream, OfAResponseBeginsBehindTheNumberThatWasSeen) {
    const std::string object =
        R"({"id":"r","status":"completed","output":[{"type":"message","id":"y","content":[)"
        R"({"type":"output_text","text":"hi"}]}]})";
    const std::string all = objectStream(ApiKind::kResponses, object);
    EXPECT_EQ(objectStream(ApiKind::kResponses, object, -1), all);
    std::size_t begin = 0;
    std::int64_t last = 0;
    for (; begin < all.size(); ++last) {
        begin = all.find("\n\n", begin) + 2;
        EXPECT_EQ(objectStream(ApiKind::kResponses, object, last), all.substr(begin)) << last;
    }
    EXPECT_GT(last, 7);
    EXPECT_EQ(objectStream(ApiKind::kResponses, object, INT64_MAX), "");
}

}  // namespace
}  // namespace waybill::server
