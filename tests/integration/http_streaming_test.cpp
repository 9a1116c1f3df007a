// Does a body that is made piece by piece reach the client piece by piece, and can it tell a whole
// one from one that was cut?
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/raw_client.h"
#include "waybill/server/http_server.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;
using test::bodyIn;
using test::RawClient;

class HttpStreamingTest : public testing::Test {
protected:
    /// Serves `GET /` with the body that `producer` makes.
    void serve(BodyProducer producer) {
        router_.add("GET", "/", nullptr, [producer = std::move(producer)](HttpRequest&) {
            HttpResponse response;
            response.content_type = "text/event-stream";
            response.stream = producer;
            return response;
        });
        server_.emplace(HttpServerOptions(), router_);
        server_->start();
    }

    std::string get(const std::string& version, const std::string& fields = "") {
        RawClient client(server_->port());
        client.send("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n");
        return client.readToEnd();
    }

    Router router_;
    std::optional<HttpServer> server_;
};

bool writeTwoPieces(BodyWriter& body) {
    return body.write("one") && body.write("") && body.write(std::string(17, 'x'));
}

TEST_F(HttpStreamingTest, AnHttp11ClientGetsChunks) {
    serve(writeTwoPieces);
    const std::string answer = get("1.1", "Connection: close\r\n");
    EXPECT_NE(answer.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << answer;
    EXPECT_NE(answer.find("\r\nContent-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
    EXPECT_EQ(bodyIn(answer), "3\r\none\r\n11\r\n" + std::string(17, 'x') + "\r\n0\r\n\r\n");
}

TEST_F(HttpStreamingTest, AnHttp10ClientGetsTheBytesUpToTheEndOfTheConnection) {
    serve(writeTwoPieces);
    const std::string answer = get("1.0", "Connection: keep-alive\r\n");
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos) << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(bodyIn(answer), "one" + std::string(17, 'x'));
}

TEST_F(HttpStreamingTest, TheConnectionGoesOnAfterAWholeBody) {
    serve(writeTwoPieces);
    RawClient client(server_->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answers = client.readToEnd();
    EXPECT_NE(answers.find("0\r\n\r\nHTTP/1.1 200 OK"), std::string::npos) << answers;
}

TEST_F(HttpStreamingTest, ABodyThatCannotBeMadeWholeIsCutInSightOfTheClient) {
    serve([](BodyWriter& body) {
        body.write("half");
        return false;
    });
    EXPECT_EQ(bodyIn(get("1.1")), "4\r\nhalf\r\n");
}

TEST_F(HttpStreamingTest, AProducerThatThrowsIsACutBody) {
    serve([](BodyWriter& body) -> bool {
        body.write("half");
        throw std::runtime_error("no disk");
    });
    EXPECT_EQ(bodyIn(get("1.1")), "4\r\nhalf\r\n");
}

TEST_F(HttpStreamingTest, APieceLeavesBeforeTheNextOneIsMade) {
    std::promise<void> seen;
    serve([&](BodyWriter& body) {
        body.write("first");
        return seen.get_future().wait_for(5s) == std::future_status::ready && body.write("second");
    });
    RawClient client(server_->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string head = client.readUntil("first\r\n");
    ASSERT_NE(head.find("first"), std::string::npos);
    seen.set_value();
    EXPECT_EQ(client.readToEnd(), "6\r\nsecond\r\n0\r\n\r\n");
}

TEST_F(HttpStreamingTest, AProducerLearnsThatItsClientIsGone) {
    std::promise<bool> told;
    serve([&](BodyWriter& body) {
        body.write("first");
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (!body.clientGone() && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        told.set_value(body.clientGone() && !body.write("second"));
        return true;
    });
    {
        RawClient client(server_->port());
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client.readUntil("first\r\n");
    }
    EXPECT_TRUE(told.get_future().get());
}

TEST_F(HttpStreamingTest, AClientThatIsSlowerThanItsAnswerGetsAllOfIt) {
    const std::string large(32 * 1024 * 1024, 'x');
    router_.add("GET", "/whole", nullptr, [&](HttpRequest&) { return jsonResponse(200, large); });
    serve([&](BodyWriter& body) { return body.write(large); });
    for (const char* path : {"/", "/whole"}) {
        RawClient client(server_->port());
        client.send("GET " + std::string(path) +
                    " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        client.readUntil("\r\n\r\n");
        // By now the buffers between the two are full, or will be while it reads.
        EXPECT_GE(client.readToEnd().size(), large.size()) << path;
    }
}

TEST_F(HttpStreamingTest, HeadHasTheHeadOnly) {
    serve(writeTwoPieces);
    RawClient client(server_->port());
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(bodyIn(client.readToEnd()), "");
}

}  // namespace
}  // namespace waybill::server
