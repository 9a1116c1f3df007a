// Does a stream reach the client as the backend sent it, and its object the log before its end?
#include "llm/stream/stream_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>

#include "support/fake_transport.h"
#include "support/memory_log.h"
#include "support/open_deliveries.h"
#include "waybill/token_mask.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMost = 1024 * 1024;
const std::string kKey = "sk-the-backends-key";

/// A backend's answer in these pieces.
class ScriptedReply final : public BackendReply {
public:
    ScriptedReply(std::deque<std::string> pieces, bool whole) : pieces_(std::move(pieces)) {
        end_.whole = whole;
    }
    Read read(std::string& bytes, MonotonicTime) override {
        if (pieces_.empty() || cancelled_) return Read::kEnd;
        bytes += pieces_.front();
        pieces_.pop_front();
        return Read::kBody;
    }
    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override { cancelled_ = true; }
    void mask(std::string& text) const override { maskToken(text, kKey, false); }

private:
    std::deque<std::string> pieces_;
    BackendHead head_;
    BackendEnd end_;
    bool cancelled_ = false;
};

/// A client that goes away after so many bytes.
class Client final : public BodyWriter {
public:
    explicit Client(std::function<void()> on_write = nullptr, std::size_t patience = kMost)
        : on_write_(std::move(on_write)), patience_(patience) {}
    bool write(std::string_view bytes) override {
        if (on_write_) on_write_();
        got += bytes;
        return got.size() <= patience_;
    }
    bool clientGone() override { return got.size() > patience_; }
    bool serverStops() override { return false; }

    std::string got;

private:
    std::function<void()> on_write_;
    std::size_t patience_;
};

class StreamRelayTest : public testing::Test {
protected:
    StreamRelayTest()
        : null_(::open("/dev/null", O_WRONLY)),
          stderr_(null_, LogLevel::kError, LogFormat::kText),
          engine_(log_, transport_, options()),
          recorder_(engine_, stderr_),
          model_("/nonexistent/waybill.db"),
          ids_(model_) {
        engine_.start();
    }
    ~StreamRelayTest() override { ::close(null_); }

    static EngineOptions options() {
        EngineOptions options;
        options.address_policy.allow("loopback");
        return options;
    }

    StreamedCall call(ApiKind api, std::deque<std::string> pieces, bool whole = true) {
        StreamedCall call;
        call.api = api;
        call.stream = "ours_" + std::to_string(++calls_);
        call.unanswered = R"({"id":")" + call.stream + R"(","status":"in_progress"})";
        call.callback.destination = Destination{"http://127.0.0.1:8/", ""};
        call.reply = std::make_unique<ScriptedReply>(std::move(pieces), whole);
        ResponseCreation creation;
        creation.id = call.stream;
        creation.created.kind = traitsOf(api).event_kind;
        creation.created.client = "c";
        EXPECT_TRUE(recorder_.begin(creation).ok());
        return call;
    }

    bool run(StreamedCall call, Client& client, std::size_t most = kMost) {
        return StreamRelay(std::move(call), ids_, recorder_, most).run(client);
    }

    /// What the log says of the last call: its object, or its status where it made none.
    std::string stored() {
        const auto events = log_.readStream("ours_" + std::to_string(calls_));
        const auto* completed = std::get_if<ResponseCompleted>(&events.back().event);
        if (completed == nullptr) return "open";
        const Bytes object = log_.readPayload(events.back().global_position);
        return object ? *object : completed->status;
    }

    /// Why the last call made no object.
    std::string reason() {
        const auto events = log_.readStream("ours_" + std::to_string(calls_));
        const auto* completed = std::get_if<ResponseCompleted>(&events.back().event);
        return completed == nullptr ? "open" : completed->reason;
    }

    std::size_t owedCallbacks() { return test::openDeliveries(log_).size(); }

    int null_;
    LogWriter stderr_;
    test::MemoryLog log_;
    test::FakeTransport transport_;
    Engine engine_;
    ResponseRecorder recorder_;
    sqlite::ReadModel model_;
    ObjectIds ids_;
    int calls_ = 0;
};

const std::string kChat =
    ": hello\n\n"
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},"
    "\"finish_reason\":\"stop\"}]}\r\n\r\n"
    "data: [DONE]\n\n";
const std::string kChatObject =
    R"({"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"ab"},)"
    R"("finish_reason":"stop"}]})";

TEST_F(StreamRelayTest, AnErrorIsOnRecordWithoutTheKeyThatItSays) {
    for (const std::string& padding :
         {std::string(), std::string(450, 'x') + " ", std::string(4090, 'x') + " "}) {
        const std::string error = "data: {\"type\":\"error\",\"error\":{\"message\":\"" + padding +
                                  kKey + "\",\"code\":\"" + kKey + "\"}}\n\n";
        for (const ApiKind api :
             {ApiKind::kChatCompletions, ApiKind::kMessages, ApiKind::kResponses}) {
            Client client;
            EXPECT_TRUE(run(call(api, {error}), client));
            EXPECT_EQ(client.got, error) << "what the client gets stays";
            EXPECT_EQ(reason().find("sk-the"), std::string::npos) << reason();
            EXPECT_EQ(stored().find("sk-the"), std::string::npos) << stored();
            const bool masked = stored().find("\"code\":\"****\"") != std::string::npos;
            EXPECT_EQ(masked, api == ApiKind::kResponses) << stored();
        }
    }
}

TEST_F(StreamRelayTest, AnObjectThatThereIsNoMemoryForIsGivenUpAndTheStreamGoesOn) {
    const std::string text(200'000, 'x');
    const std::string large = R"({"id":"i1","output":[],"text":")" + text + "\"}";
    const std::string of_chat =
        R"(data: {"id":"i1","choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n";
    const std::string of_response =
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + large +
        "}\n\n";
    const std::string of_message =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":" + large + "}\n\n";
    for (const auto& [api, event] :
         {std::pair(ApiKind::kChatCompletions, of_chat),
          std::pair(ApiKind::kResponses, of_response), std::pair(ApiKind::kMessages, of_message)}) {
        const auto budget = std::make_shared<ByteBudget>(300'000);
        RequestMemory others(budget);
        ASSERT_TRUE(others.growTo(200'000));
        RequestMemory memory(budget);
        ASSERT_TRUE(memory.growTo(1000));
        // In pieces: what is held of an event that is not whole counts too.
        std::deque<std::string> pieces;
        for (std::size_t at = 0; at < event.size(); at += 10'000)
            pieces.push_back(event.substr(at, 10'000));
        pieces.push_back("data: [DONE]\n\n");
        StreamedCall streamed = call(api, pieces);
        streamed.memory = &memory;
        Client client;
        EXPECT_TRUE(run(std::move(streamed), client));
        EXPECT_EQ(client.got, event + "data: [DONE]\n\n");
        EXPECT_EQ(stored(), "error");
        EXPECT_NE(reason().find("--max-payload-memory"), std::string::npos) << reason();
        EXPECT_EQ(memory.bytes(), 1000U) << "given back at once";
        EXPECT_EQ(owedCallbacks(), 0U);
    }
}

TEST_F(StreamRelayTest, AnEventThatMustBeEditedAndThereIsNoMemoryForCutsTheStream) {
    const auto budget = std::make_shared<ByteBudget>(300'000);
    RequestMemory others(budget);
    ASSERT_TRUE(others.growTo(200'000));
    RequestMemory memory(budget);
    StreamedCall streamed = call(
        ApiKind::kResponses,
        {"data: {\"type\":\"response.created\",\"response\":{\"id\":\"r1\",\"metadata\":{}}}\n\n",
         "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r1\",\"x\":\"",
         std::string(70'000, 'x'), std::string(70'000, 'x'), "\"}}\n\n"});
    streamed.echoed_metadata = R"({"mine":"1"})";
    streamed.memory = &memory;
    Client client;
    EXPECT_FALSE(run(std::move(streamed), client));
    EXPECT_NE(reason().find("--max-payload-memory"), std::string::npos) << reason();
    EXPECT_EQ(memory.bytes(), 0U);
}

TEST_F(StreamRelayTest, WhatAnObjectTakesIsCountedWhileItGrowsAndGivenBackAtItsEnd) {
    const auto budget = std::make_shared<ByteBudget>(10'000'000);
    RequestMemory memory(budget);
    std::deque<std::string> pieces(
        20, R"(data: {"id":"c2","choices":[{"index":0,"delta":{"content":")" +
                std::string(40'000, 'x') + "\"}}]}\n\n");
    pieces.push_back("data: [DONE]\n\n");
    StreamedCall streamed = call(ApiKind::kChatCompletions, pieces);
    streamed.memory = &memory;
    std::size_t most = 0;
    Client client([&] { most = std::max(most, budget->used()); });
    EXPECT_TRUE(run(std::move(streamed), client, 10 * kMost));
    EXPECT_GT(stored().size(), 800'000U);
    EXPECT_GT(most, 600'000U);
    EXPECT_LT(most, 2'000'000U);
    EXPECT_EQ(budget->used(), 0U);
}

TEST_F(StreamRelayTest, AStreamThatAnExceptionEndsIsOverOnRecord) {
    class ThrowingReply final : public BackendReply {
    public:
        Read read(std::string&, MonotonicTime) override { throw std::bad_alloc(); }
        const BackendHead& head() const override { return head_; }
        const BackendEnd& end() const override { return end_; }
        void cancel() override {}

    private:
        BackendHead head_;
        BackendEnd end_;
    };
    StreamedCall broken = call(ApiKind::kChatCompletions, {});
    broken.reply = std::make_unique<ThrowingReply>();
    broken.open = OpenCall(recorder_, broken.stream);
    Client client;
    EXPECT_THROW(run(std::move(broken), client), std::bad_alloc);
    EXPECT_EQ(stored(), "error");
}

TEST_F(StreamRelayTest, CutAnywhereTheClientGetsTheSameBytes) {
    for (std::size_t cut = 0; cut <= kChat.size(); ++cut) {
        Client client;
        ASSERT_TRUE(run(call(ApiKind::kChatCompletions, {kChat.substr(0, cut), kChat.substr(cut)}),
                        client));
        ASSERT_EQ(client.got, kChat) << cut;
        ASSERT_EQ(stored(), kChatObject) << cut;
    }
}

TEST_F(StreamRelayTest, TheObjectIsOnRecordBeforeTheClientHearsOfTheEnd) {
    std::deque<std::string> bytes;
    for (const char c : kChat)
        bytes.emplace_back(1, c);
    std::string before_end;
    Client watching([&] {
        if (watching.got.ends_with("[DONE]\n")) before_end = stored();  // the last LF is to come
    });
    ASSERT_TRUE(run(call(ApiKind::kChatCompletions, bytes), watching));
    EXPECT_EQ(before_end, kChatObject);
    EXPECT_EQ(owedCallbacks(), 1u);
}

const std::string kResponse =
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":"
    "{\"id\":\"r1\",\"status\":\"in_progress\",\"metadata\":{}}}\n\n"
    "event: response.output_text.delta\ndata: {\"type\":\"x\",\"delta\":\"r1\",\"n\":1.0}\n\n"
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":"
    "{\"id\":\"r1\",\"status\":\"completed\",\"metadata\":{} ,\"n\":1.50}}\n\n";

TEST_F(StreamRelayTest, WhatComesBeforeTheEndDoesNotWaitForTheRecord) {
    for (const auto api : {ApiKind::kChatCompletions, ApiKind::kResponses}) {
        const bool chat = api == ApiKind::kChatCompletions;
        std::vector<std::string> states;
        Client client([&] { states.push_back(stored()); });
        StreamedCall made = call(api, {chat ? kChat : kResponse});
        if (!chat) made.echoed_metadata = "{}";
        ASSERT_TRUE(run(std::move(made), client));
        ASSERT_EQ(states.size(), 2u) << "all but the last event, then that";
        EXPECT_EQ(states[0], "open");
        EXPECT_NE(states[1], "open");
    }
}

TEST_F(StreamRelayTest, AResponseEchoesTheRequestsMetadataInTheStreamAsInTheLog) {
    std::string expected = kResponse;
    for (std::size_t at; (at = expected.find("\"metadata\":{}")) != std::string::npos;)
        expected.replace(at, 13, "\"metadata\":{\"k\":\"v\"}");
    for (std::size_t cut = 0; cut <= kResponse.size(); ++cut) {
        StreamedCall made =
            call(ApiKind::kResponses, {kResponse.substr(0, cut), kResponse.substr(cut)});
        made.echoed_metadata = R"({"k":"v"})";
        Client client;
        ASSERT_TRUE(run(std::move(made), client));
        ASSERT_EQ(client.got, expected) << cut;
        ASSERT_EQ(stored(), R"({"id":"r1","status":"completed","metadata":{"k":"v"} ,"n":1.50})");
    }
}

TEST_F(StreamRelayTest, AnIdThatIsTakenIsReplacedWhereverItStands) {
    const ObjectIds::Claim taken = ids_.claim("r1", "never");
    Client client;
    ASSERT_TRUE(run(call(ApiKind::kResponses, {kResponse}), client));
    EXPECT_EQ(client.got.find("\"r1\""), std::string::npos) << client.got;
    EXPECT_NE(client.got.find("\"delta\":\"ours_1\",\"n\":1.0}"), std::string::npos);
    EXPECT_EQ(stored(), R"({"id":"ours_1","status":"completed","metadata":{} ,"n":1.50})");
}

TEST_F(StreamRelayTest, AMissingIdIsGiven) {
    Client client;
    ASSERT_TRUE(run(call(ApiKind::kChatCompletions,
                         {"data: {\"id\":\"\",\"choices\":[],\"prompt\":1}\n\n"
                          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n"
                          "data: [DONE]\n\n"}),
                    client));
    EXPECT_EQ(
        client.got,
        "data: {\"id\":\"\",\"choices\":[],\"prompt\":1}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}],\"id\":\"ours_1\"}\n\n"
        "data: [DONE]\n\n");
    EXPECT_NE(stored().find(R"("id":"ours_1")"), std::string::npos) << stored();
}

TEST_F(StreamRelayTest, ACutResponseFailedAndIsCalledBack) {
    Client client;
    EXPECT_FALSE(run(call(ApiKind::kResponses, {kResponse.substr(0, 200)}, false), client));
    EXPECT_EQ(client.got, kResponse.substr(0, 200));
    EXPECT_NE(stored().find(R"("status":"failed")"), std::string::npos) << stored();
    EXPECT_EQ(owedCallbacks(), 1u);
}

TEST_F(StreamRelayTest, ACutChatMakesNeitherObjectNorCallback) {
    Client client;
    EXPECT_FALSE(run(call(ApiKind::kChatCompletions, {kChat.substr(0, 100)}, false), client));
    EXPECT_EQ(client.got, kChat.substr(0, 100));
    EXPECT_EQ(stored(), "error");
    EXPECT_EQ(owedCallbacks(), 0u);
}

TEST_F(StreamRelayTest, WhatCannotBeReadMakesNoObjectAndReachesTheClient) {
    const std::string odd =
        "data: {\"choices\":[{\"delta\":{\"content\":\"\xF0\x9F\"},\"x\":NaN}]}\n\n";
    for (const bool taken : {false, true}) {
        std::optional<ObjectIds::Claim> claim;
        if (taken) claim.emplace(ids_.claim("c1", "never"));  // so that the events are edited
        std::string bytes = kChat;
        bytes.insert(
            bytes.find("data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b"),
            odd);
        Client client;
        EXPECT_TRUE(run(call(ApiKind::kChatCompletions, {bytes}), client));
        EXPECT_EQ(stored(), "error");
        EXPECT_TRUE(reason().starts_with("An event of the backend's stream cannot be read: "));
        EXPECT_EQ(owedCallbacks(), 0u);
        EXPECT_NE(client.got.find(odd), std::string::npos);
        EXPECT_EQ(client.got == bytes, !taken);
    }
}

TEST_F(StreamRelayTest, ACallWithoutAnObjectSaysWhy) {
    Client client;
    run(call(ApiKind::kChatCompletions, {kChat.substr(0, 100)}, false), client);
    EXPECT_EQ(reason(), "The backend's stream ended before the answer was complete.");
    run(call(ApiKind::kChatCompletions, {"data: {\"error\":{\"message\":\"no memory\"}}\n\n"}),
        client);
    EXPECT_EQ(reason(), "The backend ended the stream with an error: no memory");
    run(call(ApiKind::kChatCompletions, {kChat}), client, 20);
    EXPECT_NE(reason().find("--max-response"), std::string::npos) << reason();
    run(call(ApiKind::kChatCompletions, {kChat}), client);
    EXPECT_EQ(reason(), "") << "this one made an object";
}

TEST_F(StreamRelayTest, AnEventWithoutItsEndCountsAtTheEndOfTheStream) {
    for (const std::string end : {"", "\n"}) {
        Client client;
        std::string bytes = kChat.substr(0, kChat.find("\r\n")) + end;
        EXPECT_TRUE(run(call(ApiKind::kChatCompletions, {bytes}), client));
        EXPECT_EQ(client.got, bytes);
        EXPECT_EQ(stored(), kChatObject);
        bytes += "\n\ndata: {\"id\":\"c1\",\"usage\":{";
        EXPECT_TRUE(run(call(ApiKind::kChatCompletions, {bytes}), client));
        EXPECT_EQ(stored(), "error") << "something was cut off";
        EXPECT_FALSE(run(call(ApiKind::kChatCompletions, {bytes}, false), client));
        EXPECT_EQ(stored(), "error");
    }
    Client client;
    StreamedCall made = call(ApiKind::kResponses, {kResponse.substr(0, kResponse.size() - 2)});
    made.echoed_metadata = R"({"k":"v"})";
    EXPECT_TRUE(run(std::move(made), client));
    EXPECT_EQ(stored(), R"({"id":"r1","status":"completed","metadata":{"k":"v"} ,"n":1.50})");
    EXPECT_TRUE(client.got.ends_with(stored() + "}")) << client.got;
}

TEST_F(StreamRelayTest, TheLastEventCarriesTheStoredObjectWithTheItemsThatWereFinished) {
    const std::string stream =
        "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r1\",\"output\":[]}}\n\n"
        "data: "
        "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"id\":\"i\"}}\n\n"
        "id: 3\ndata: {\"type\":\"response.completed\",\ndata: "
        "\"response\":{\"id\":\"r1\",\"output\":[]}}\n\n";
    std::string expected = stream;
    expected.replace(expected.rfind("[]"), 2, "[{\"id\":\"i\"}]");
    for (std::size_t cut = 0; cut <= stream.size(); cut += 7) {
        Client client;
        ASSERT_TRUE(
            run(call(ApiKind::kResponses, {stream.substr(0, cut), stream.substr(cut)}), client));
        ASSERT_EQ(client.got, expected) << cut;
        ASSERT_EQ(stored(), "{\"id\":\"r1\",\"output\":[{\"id\":\"i\"}]}");
    }
}

TEST_F(StreamRelayTest, AnEditedEventOfSeveralLinesIsReadAsItWasWritten) {
    const std::string stream =
        "\xEF\xBB\xBF"
        "data: {\"type\":\"response.created\",\r\ndata: \"response\":{\"id\":\"r1\",\r\n"
        "data:  \"metadata\":{}}}\r\n\r\n"
        "id: 2\rdata: {\"type\":\"response.completed\",\rdata: \"response\":{\"id\":\"r1\",\r"
        "event: x\rdata: \"metadata\":{}}}\r: c\r\r";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        StreamedCall made = call(ApiKind::kResponses, {stream.substr(0, cut), stream.substr(cut)});
        made.echoed_metadata = "{\r\n\"k\":\"v\"\r}";
        Client client;
        ASSERT_TRUE(run(std::move(made), client));
        SseReader reader;
        std::string_view got = client.got;
        ASSERT_EQ(reader.next(got)->data,
                  "{\"type\":\"response.created\",\n\"response\":{\"id\":\"r1\",\n"
                  " \"metadata\":{ \n\"k\":\"v\"\n}}}")
            << cut;
        const auto last = reader.next(got);
        ASSERT_TRUE(last) << client.got;
        EXPECT_EQ(last->name, "x");
        ASSERT_EQ(last->data, "{\"type\":\"response.completed\",\n\"response\":" + stored() + "}");
        EXPECT_TRUE(client.got.starts_with("\xEF\xBB\xBF"));
        EXPECT_NE(client.got.find("id: 2\r"), std::string::npos);
        EXPECT_TRUE(client.got.ends_with("\r: c\r\r"));
    }
}

TEST_F(StreamRelayTest, AClientThatGoesAwayEndsACallThatOwesNothing) {
    StreamedCall made = call(ApiKind::kChatCompletions, {kChat.substr(0, 90), kChat.substr(90)});
    made.callback.destination.reset();
    Client client(nullptr, 10);
    EXPECT_FALSE(run(std::move(made), client));
    EXPECT_EQ(client.got, kChat.substr(0, 90));
    EXPECT_EQ(stored(), "error");
    EXPECT_EQ(reason(), "The client went away before the backend's stream had ended.");
}

TEST_F(StreamRelayTest, AClientThatGoesAwayDoesNotEndACallThatOwesACallback) {
    Client client(nullptr, 10);
    EXPECT_FALSE(
        run(call(ApiKind::kChatCompletions, {kChat.substr(0, 90), kChat.substr(90)}), client));
    EXPECT_EQ(client.got, kChat.substr(0, 90));
    EXPECT_EQ(stored(), kChatObject);
    EXPECT_EQ(owedCallbacks(), 1u);
}

TEST_F(StreamRelayTest, OneThatIsTooLargeIsEnded) {
    Client client;
    EXPECT_FALSE(run(call(ApiKind::kResponses, {kResponse, std::string(1000, 'x')}), client,
                     kResponse.size() - 1));
    EXPECT_NE(stored().find(R"("status":"failed")"), std::string::npos);
    EXPECT_EQ(client.got.find("xxx"), std::string::npos);
}

TEST_F(StreamRelayTest, TheClientSeesThePreviousIdThatItSent) {
    std::string from_backend = kResponse;
    for (std::size_t at; (at = from_backend.find(R"("metadata":{})")) != std::string::npos;)
        from_backend.replace(at, 13, R"("previous_response_id":"theirs")");
    std::string expected = from_backend;
    for (std::size_t at; (at = expected.find("theirs")) != std::string::npos;)
        expected.replace(at, 6, "mine");
    for (const bool recorded : {true, false}) {
        StreamedCall made = call(ApiKind::kResponses, {from_backend});
        made.previous = PreviousId{"mine", "theirs"};
        made.recorded = recorded;
        Client client;
        ASSERT_TRUE(run(std::move(made), client));
        EXPECT_EQ(client.got, expected);
        EXPECT_EQ(stored().find(R"("previous_response_id":"mine")") != std::string::npos, recorded);
    }
}

TEST_F(StreamRelayTest, WhatIsNotRecordedJustPasses) {
    StreamedCall made = call(ApiKind::kChatCompletions, {"no", " events"});
    made.recorded = false;
    Client client;
    EXPECT_TRUE(run(std::move(made), client));
    EXPECT_EQ(client.got, "no events");
    EXPECT_EQ(stored(), "open");
}

}  // namespace
}  // namespace waybill::server
