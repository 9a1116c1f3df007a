// Does a call reach the upstream once, and its answer us as it can be read?
#include "llm/upstream_backend.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "llm/backend_answer.h"
#include "support/fake_transport.h"
#include "waybill/answer_stream.h"

namespace waybill::server {
namespace {

constexpr std::size_t kPlenty = 1024 * 1024;

std::string gzipOf(std::string_view text, int flush = Z_FINISH) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, flush);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

class UpstreamBackendTest : public testing::Test {
protected:
    UpstreamBackendTest() {
        auto transport = std::make_unique<test::FakeTransport>();
        transport_ = transport.get();
        UpstreamOptions options;
        options.url = "http://127.0.0.1:9";
        backend_ = std::make_unique<UpstreamBackend>(std::move(options), std::move(transport));
    }

    std::unique_ptr<BackendReply> call(std::string key = "Bearer sk-of-the-client") {
        BackendCall call;
        call.api = ApiKind::kChatCompletions;
        call.credential.add("Authorization", std::move(key));
        return backend_->create(std::move(call));
    }

    std::unique_ptr<BackendReply> list() {
        PassedCall call;
        call.method = "GET";
        call.path = "/models";
        return backend_->pass(std::move(call));
    }

    void fail(FailureReason reason, bool request_begun) {
        AttemptOutcome outcome = test::failed(reason);
        outcome.request_begun = request_begun;
        outcome.reused = reason == FailureReason::kStaleConnection;
        transport_->finishOldest(std::move(outcome));
    }

    void answer(const std::string& head, const std::string& body) {
        AnswerStream& stream = *transport_->oldest().request.stream;
        stream.headCame(std::stoi(head.substr(9, 3)), head);
        if (!body.empty()) stream.bodyCame(body);
        transport_->finishOldest(test::answered(200));
    }

    test::FakeTransport* transport_;
    std::unique_ptr<UpstreamBackend> backend_;
};

TEST_F(UpstreamBackendTest, ACallIsSentAgainOnlyWhenNothingOfItWasWritten) {
    const auto reply = call();
    fail(FailureReason::kStaleConnection, false);
    ASSERT_EQ(transport_->onWire(), 1u);
    EXPECT_TRUE(transport_->oldest().request.fresh_connection);
    fail(FailureReason::kStaleConnection, false);
    EXPECT_EQ(transport_->sent(), 2u);
    EXPECT_FALSE(readWhole(*reply, kPlenty, nullptr).whole());
}

TEST_F(UpstreamBackendTest, ACallThatWasWrittenIsNotSentAgain) {
    for (const auto reason :
         {FailureReason::kStaleConnection, FailureReason::kConnect, FailureReason::kTls}) {
        const std::size_t before = transport_->sent();
        const auto reply = call();
        fail(reason, true);
        ASSERT_EQ(transport_->sent(), before + 1);
        const BackendAnswer answer = readWhole(*reply, kPlenty, nullptr);
        EXPECT_NE(answer.failure.find("not sent again"), std::string::npos) << answer.failure;
    }
}

TEST_F(UpstreamBackendTest, AListIsAskedForAgain) {
    const auto reply = list();
    fail(FailureReason::kStaleConnection, true);
    EXPECT_EQ(transport_->onWire(), 1u);
}

TEST_F(UpstreamBackendTest, AnAnswerIsAskedForWithoutACodingAndDecodedAllTheSame) {
    const std::string text(100'000, 'x');
    for (const char* status : {"200", "201"}) {
        const auto reply = call();
        EXPECT_EQ(transport_->oldest().header("Accept-Encoding"), "identity");
        answer(std::string("HTTP/1.1 ") + status + " OK\r\nContent-Encoding: gzip\r\nVary: a",
               gzipOf(text));
        const BackendAnswer read = readWhole(*reply, kPlenty, nullptr);
        EXPECT_EQ(read.failure, "");
        EXPECT_EQ(read.body, text);
        EXPECT_EQ(read.head.headers.find("content-encoding"), nullptr);
        EXPECT_EQ(read.head.headers.value("vary"), "a");
    }
}

TEST_F(UpstreamBackendTest, WhatIsOnlyPassedOnKeepsItsCoding) {
    const std::string body = gzipOf("slow down");
    for (const char* head :
         {"HTTP/1.1 429 X\r\nContent-Encoding: gzip", "HTTP/1.1 200 X\r\nContent-Encoding: br",
          "HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip"}) {
        const auto reply = call();
        answer(head, body);
        const BackendAnswer read = readWhole(*reply, kPlenty, nullptr);
        EXPECT_EQ(read.body, body);
        EXPECT_TRUE(read.head.headers.find("content-encoding")) << head;
    }
    const auto models = list();
    answer("HTTP/1.1 200 X\r\nContent-Encoding: gzip", body);
    EXPECT_EQ(readWhole(*models, kPlenty, nullptr).body, body);
}

TEST_F(UpstreamBackendTest, WhatIsDecodedKeepsToTheLimitPieceByPiece) {
    const auto reply = call();
    // 32 MiB in 32 KiB.
    answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip", gzipOf(std::string(32 << 20, '\0')));
    std::string bytes;
    ASSERT_EQ(reply->read(bytes, MonotonicTime::max()), BackendReply::Read::kHead);
    ASSERT_EQ(reply->read(bytes, MonotonicTime::max()), BackendReply::Read::kBody);
    EXPECT_LT(bytes.size(), kPlenty) << "not all at once";
    BackendAnswer read;
    readRest(*reply, kPlenty, nullptr, read);
    EXPECT_EQ(read.failure, tooLarge(kPlenty));
}

TEST_F(UpstreamBackendTest, AnAnswerThatCannotBeDecodedIsNone) {
    const std::string coded = gzipOf("hello");
    for (const std::string& body : {coded.substr(0, coded.size() - 1), coded.substr(0, 5),
                                    std::string("{\"choices\":[]}"), coded + "\x1f\x8bmore"}) {
        const auto reply = call();
        answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip", body);
        EXPECT_FALSE(readWhole(*reply, kPlenty, nullptr).whole());
    }
    const auto empty = call();
    answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip", "");
    EXPECT_EQ(readWhole(*empty, kPlenty, nullptr).failure, "");
}

TEST_F(UpstreamBackendTest, DecodedBytesComeBeforeTheEnd) {
    const auto reply = call();
    AnswerStream& stream = *transport_->oldest().request.stream;
    stream.headCame(200, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip");
    stream.bodyCame(gzipOf("data: x\n\n", Z_SYNC_FLUSH));
    std::string bytes;
    ASSERT_EQ(reply->read(bytes, MonotonicTime::max()), BackendReply::Read::kHead);
    ASSERT_EQ(reply->read(bytes, MonotonicTime::max()), BackendReply::Read::kBody);
    EXPECT_EQ(bytes, "data: x\n\n");
}

TEST_F(UpstreamBackendTest, ARedirectionIsAFailureThatNamesNothingButItsOrigin) {
    for (const auto& [location, named] :
         {std::pair{"https://b.example:8443/v1/secret?key=k", "to https://b.example:8443,"},
          std::pair{"https://user:pw@b.example/", "(HTTP status 307),"},
          std::pair{"/secret", "(HTTP status 307),"}}) {
        const auto reply = call();
        answer(std::string("HTTP/1.1 307 X\r\nLocation: ") + location, "moved");
        const BackendAnswer read = readWhole(*reply, kPlenty, nullptr);
        EXPECT_NE(read.failure.find(named), std::string::npos) << read.failure;
        for (const char* secret : {"secret", "key", "user", "pw"})
            EXPECT_EQ(read.failure.find(secret), std::string::npos) << read.failure;
        EXPECT_EQ(transport_->onWire(), 0u);
    }
}

TEST_F(UpstreamBackendTest, TheKeysOfACallAreTakenOutOfWhatIsKept) {
    const auto reply = call();
    std::string text = "Incorrect API key provided: sk-of-the-client.";
    reply->mask(text);
    EXPECT_EQ(text, "Incorrect API key provided: ****.");
    const auto keyless = call("Bearer EMPTY");
    text = "EMPTY prompt";
    keyless->mask(text);
    EXPECT_EQ(text, "EMPTY prompt");
}

}  // namespace
}  // namespace waybill::server
