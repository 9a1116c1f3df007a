// Does the HTTP server answer the well-behaved and survive the others?
#include "waybill/server/http_server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/X509Certificate.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "support/encoded.h"
#include "support/raw_client.h"
#include "support/temporary_directory.h"
#include "support/test_certificates.h"
#include "waybill/errors.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;
using test::bodyIn;
using test::exchange;
using test::gzipOf;
using test::post;
using test::RawClient;
using test::statusIn;

HttpServerOptions quickOptions() {
    HttpServerOptions options;
    options.max_body_bytes = 100000;
    options.head_timeout = 200ms;
    options.body_timeout = 200ms;
    return options;
}

class HttpServerTest : public testing::Test {
protected:
    HttpServerTest() {
        router_.add("POST", "/echo", nullptr, [](HttpRequest& request) {
            return jsonResponse(200, std::move(request.body));
        });
        router_.addAsync("POST", "/later", nullptr, [](HttpRequest& request, Reply reply) {
            std::thread([&request, reply = std::move(reply)] {
                reply([&request] { return jsonResponse(200, std::move(request.body)); });
            }).detach();
        });
        router_.addRest("POST", "/stream", "none", nullptr, [](HttpRequest& request) {
            std::string body;
            if (request.incoming_body == nullptr) return jsonResponse(200, "no body");
            for (;;) {
                switch (request.incoming_body->read(body, 1000)) {
                    case IncomingBody::Read::kFailed:
                        return request.incoming_body->refusal();
                    case IncomingBody::Read::kEnd:
                        return jsonResponse(200, std::move(body));
                    case IncomingBody::Read::kSome:
                    case IncomingBody::Read::kNotYet:
                        if (request.path == "/stream/part") return jsonResponse(200, "enough");
                        break;
                }
            }
        });
        router_.add("GET", "/wait", nullptr, [this](HttpRequest&) {
            entered_.set_value();
            gate_.get_future().wait();
            return jsonResponse(200, "done");
        });
        router_.add("GET", "/throw", nullptr,
                    [](HttpRequest&) -> HttpResponse { throw std::runtime_error("no disk"); });
        router_.add("GET", "/odd", nullptr, [](HttpRequest&) -> HttpResponse { throw 7; });
        router_.add("GET", "/full", nullptr,
                    [](HttpRequest&) -> HttpResponse { throw std::bad_alloc(); });
        router_.addAsync("GET", "/odd-later", nullptr, [](HttpRequest&, Reply) { throw 7; });
        router_.add("GET", "/foreign", nullptr, [](HttpRequest& request) {
            return jsonResponse(200, request.foreign_host ? "foreign" : "own");
        });
        router_.add("GET", "/stream", nullptr, [](HttpRequest&) {
            HttpResponse response;
            response.stream = [](BodyWriter& writer) { return writer.write("piece"); };
            return response;
        });
        router_.add(
            "POST", "/closed",
            [](HttpRequest& request) {
                return std::optional(errorResponse(request, {401, "No key.", "", ""}));
            },
            [](HttpRequest&) { return HttpResponse(); });
    }

    void start(HttpServerOptions options = quickOptions()) {
        options.on_problem = [this](const std::string& problem) {
            const std::lock_guard lock(mutex_);
            problems_ += problem + "\n";
        };
        server_ = std::make_unique<HttpServer>(std::move(options), router_);
        server_->start();
    }
    std::uint16_t port() const { return server_->port(); }

    std::string get(const std::string& path, const std::string& host = "a",
                    const std::string& more = "") const {
        return exchange(port(), "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more +
                                    "Connection: close\r\n\r\n");
    }
    /// The client's last connection may still count.
    std::string getOnceThereIsRoom(const std::string& path) const {
        std::string answer;
        do {
            answer = get(path);
        } while (statusIn(answer) == 503);
        return answer;
    }
    std::string problems() {
        const std::lock_guard lock(mutex_);
        return problems_;
    }

    Router router_;
    std::promise<void> entered_;
    std::promise<void> gate_;
    std::mutex mutex_;
    std::string problems_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
    start();
    RawClient client(port());
    client.send(post("/echo", "one") + post("/echo", "two"));
    const std::string first = client.readAnswer();
    EXPECT_EQ(statusIn(first), 200);
    EXPECT_EQ(bodyIn(first), "one");
    EXPECT_NE(first.find("x-request-id: req_"), std::string::npos);
    EXPECT_NE(first.find("\r\nrequest-id: req_"), std::string::npos);
    EXPECT_EQ(bodyIn(client.readAnswer()), "two");
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("0\r\n\r\n");
    EXPECT_EQ(bodyIn(client.readAnswer()), "abc");
}

TEST_F(HttpServerTest, AnOlderClientIsToldThatItsConnectionGoesOn) {
    start();
    RawClient client(port());
    client.send("POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none");
    EXPECT_NE(client.readAnswer().find("\r\nConnection: keep-alive\r\n"), std::string::npos);
    client.send("POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\ntwo");
    const std::string last = client.readToEnd();
    EXPECT_EQ(bodyIn(last), "two");
    EXPECT_NE(last.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, HeadHasNoBodyAndUnknownPathsAreErrorsInShape) {
    start();
    RawClient client(port());
    client.send("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statusIn(client.readAnswer(false)), 404);
    client.send(post("/v1/messages", "dropped"));
    const std::string answer = client.readAnswer();
    EXPECT_EQ(statusIn(answer), 404);
    EXPECT_NE(bodyIn(answer).find(R"("type":"not_found_error")"), std::string::npos);
    client.send(post("/echo", "still here"));
    EXPECT_EQ(bodyIn(client.readAnswer()), "still here");
}

TEST_F(HttpServerTest, ALargeBodyIsRefusedAndTheClientReadsWhy) {
    start();
    RawClient client(port());
    client.send(post("/echo", std::string(32 << 20, 'x')));
    const std::string answer = client.readToEnd();
    EXPECT_EQ(statusIn(answer), 413);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, ARefusedUploadIsNotAskedFor) {
    start();
    RawClient client(port());
    client.send(
        "POST /closed HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        "Content-Length: 99999\r\n\r\n");
    EXPECT_EQ(statusIn(client.readAnswer()), 401);
    EXPECT_TRUE(client.ended());
    RawClient welcome(port());
    welcome.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(statusIn(welcome.readAnswer()), 100);
    welcome.send("ok");
    EXPECT_EQ(bodyIn(welcome.readAnswer()), "ok");
}

TEST_F(HttpServerTest, ASlowHeadAndASlowBodyEndInTime) {
    start();
    RawClient head(port());
    head.send("GET / HTTP/1.1\r\nHos");
    EXPECT_EQ(statusIn(head.readToEnd()), 408);
    RawClient body(port());
    body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(statusIn(body.readToEnd()), 408);
}

TEST_F(HttpServerTest, AMalformedRequestEndsTheConnection) {
    start();
    const std::string answer = exchange(port(),
                                        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    EXPECT_EQ(statusIn(answer), 400);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, AHandlerThatThrowsIsA500ThatNamesTheRequestOnly) {
    start();
    const std::string answer = exchange(port(), "GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statusIn(answer), 500);
    EXPECT_EQ(answer.find("disk"), std::string::npos);
    const std::lock_guard lock(mutex_);
    EXPECT_NE(problems_.find("no disk"), std::string::npos);
}

TEST_F(HttpServerTest, WhateverAHandlerThrowsIsAnsweredAndTheServerGoesOn) {
    start();
    for (const char* path : {"/odd", "/full", "/odd-later", "/odd"})
        EXPECT_EQ(statusIn(get(path)), 500) << path;
    EXPECT_NE(problems().find("unknown type"), std::string::npos);
    EXPECT_EQ(statusIn(get("/foreign")), 200);
}

TEST_F(HttpServerTest, AForeignNameOnLoopbackIsTold) {
    start();
    EXPECT_EQ(bodyIn(get("/foreign", "localhost:" + std::to_string(port()))), "own");
    EXPECT_EQ(bodyIn(get("/foreign", "127.0.0.1")), "own");
    EXPECT_EQ(bodyIn(get("/foreign", "evil.example")), "foreign");
    EXPECT_EQ(bodyIn(get("http://evil.example/foreign", "localhost")), "foreign");
    EXPECT_EQ(bodyIn(get("http://localhost/foreign", "evil.example")), "own");
}

TEST_F(HttpServerTest, WhatTheFrontAddsIsOnEveryAnswer) {
    HttpServerOptions options = quickOptions();
    options.front = [](HttpRequest& request) -> std::optional<HttpResponse> {
        request.answer_headers.add("X-Front", "here");
        if (request.method != "OPTIONS") return std::nullopt;
        HttpResponse answer;
        answer.status = 204;
        return answer;
    };
    start(options);
    const std::string mark = "\r\nX-Front: here\r\n";
    for (const char* path : {"/foreign", "/nothing", "/throw", "/stream"})
        EXPECT_NE(get(path).find(mark), std::string::npos) << path;
    EXPECT_NE(exchange(port(), post("/closed", "x")).find(mark), std::string::npos);
    EXPECT_NE(exchange(port(), post("/echo", std::string(200000, 'x'))).find(mark),
              std::string::npos);
    const std::string preflight = exchange(port(), "OPTIONS /none HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statusIn(preflight), 204);
    EXPECT_NE(preflight.find(mark), std::string::npos);
}

/// A connection from another address of this machine, which ends with a reset, as that of a program
/// that has crashed.
class ConnectionFrom {
public:
    ConnectionFrom(const char* address, std::uint16_t port)
        : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const Poco::Net::SocketAddress here(address, 0);
        const Poco::Net::SocketAddress there("127.0.0.1", port);
        EXPECT_EQ(::bind(descriptor_, here.addr(), here.length()), 0);
        EXPECT_EQ(::connect(descriptor_, there.addr(), there.length()), 0);
    }
    ~ConnectionFrom() {
        const linger at_once{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(descriptor_);
    }
    ConnectionFrom(const ConnectionFrom&) = delete;
    ConnectionFrom& operator=(const ConnectionFrom&) = delete;

private:
    const int descriptor_;
};

TEST_F(HttpServerTest, ResetsOfATurnedAwayClientNeitherCountAsOursNorHoldOthersUp) {
    HttpServerOptions options = quickOptions();
    options.max_connections_per_address = 1;
    start(options);
    const ConnectionFrom held("127.0.0.2", port());  // the one place of that address
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 20; ++i)
            ConnectionFrom("127.0.0.2", port());
        // Accepted after those: with a pause for each it is not answered in the client's time.
        ASSERT_EQ(statusIn(getOnceThereIsRoom("/foreign")), 200) << "round " << round;
    }
    EXPECT_EQ(problems(), "");
}

TEST_F(HttpServerTest, TheLongestIdleConnectionMakesRoom) {
    HttpServerOptions options = quickOptions();
    options.max_connections = 2;
    start(options);
    const auto are_idle = [this](std::uint64_t count) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (server_->stats().idle != count && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        return server_->stats().idle == count;
    };
    RawClient oldest(port());
    oldest.send(post("/echo", "1"));
    EXPECT_EQ(bodyIn(oldest.readAnswer()), "1");
    ASSERT_TRUE(are_idle(1));
    RawClient second(port());
    second.send(post("/echo", "2"));
    EXPECT_EQ(bodyIn(second.readAnswer()), "2");
    ASSERT_TRUE(are_idle(2));
    RawClient third(port());
    third.send(post("/echo", "3"));
    EXPECT_EQ(bodyIn(third.readAnswer()), "3");
    EXPECT_TRUE(oldest.ended());
    second.send(post("/echo", "4"));
    EXPECT_EQ(bodyIn(second.readAnswer()), "4");
}

TEST_F(HttpServerTest, OneAddressCannotTakeEverything) {
    HttpServerOptions options = quickOptions();
    options.max_connections_per_address = 1;
    start(options);
    RawClient first(port());
    first.send(post("/echo", "1"));
    EXPECT_EQ(bodyIn(first.readAnswer()), "1");
    const std::string answer = exchange(port(), "");
    EXPECT_EQ(statusIn(answer), 503);
    EXPECT_NE(answer.find("\r\nx-request-id: req_"), std::string::npos);
    EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(bodyIn(answer).rfind(R"({"error":{"message":"Too many connections)", 0), 0U);
}

TEST_F(HttpServerTest, ADrainFinishesWhatIsUnderWayAndEndsTheRest) {
    start();
    RawClient busy(port());
    RawClient idle(port());
    idle.send(post("/echo", "1"));
    idle.readAnswer();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    entered_.get_future().wait();
    EXPECT_FALSE(server_->drain(1ms));
    EXPECT_TRUE(idle.ended());
    gate_.set_value();
    const std::string answer = busy.readAnswer();
    EXPECT_EQ(bodyIn(answer), "done");
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(server_->drain(5s));
}

TEST_F(HttpServerTest, AnAddressThatIsTakenIsNamed) {
    start();
    HttpServerOptions second = quickOptions();
    second.port = port();
    try {
        HttpServer server(second, router_);
        ADD_FAILURE() << "two servers on one port";
    } catch (const Poco::Exception& error) {
        EXPECT_EQ(error.message(),
                  "cannot listen on 127.0.0.1:" + std::to_string(port()) +
                      ": Address already in use; choose another host or port, or stop what "
                      "listens there");
    }
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Poco::Net::SecureStreamSocket connectByTls(std::uint16_t port) {
    using Poco::Net::Context;
    const Context::Ptr context = new Context(Context::TLS_CLIENT_USE, "", Context::VERIFY_NONE);
    return {Poco::Net::SocketAddress("127.0.0.1", port), context};
}

/// Whom the other side says it is.
std::string nameOf(Poco::Net::SecureStreamSocket client) {
    std::string subject;
    std::set<std::string> names;
    client.peerCertificate().extractNames(subject, names);
    return names.empty() ? "" : *names.begin();
}

std::string nameAt(std::uint16_t port) {
    return nameOf(connectByTls(port));
}

void write(const TestIdentity& identity, const HttpServerOptions& options) {
    PEM_write_X509(File(std::fopen(options.tls_certificate_file.c_str(), "w"), std::fclose).get(),
                   identity.certificate.get());
    PEM_write_PrivateKey(File(std::fopen(options.tls_key_file.c_str(), "w"), std::fclose).get(),
                         identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

HttpServerOptions tlsOptions(const test::TemporaryDirectory& directory) {
    HttpServerOptions options = quickOptions();
    options.max_body_bytes = 1 << 20;
    options.body_timeout = 5s;
    options.tls_certificate_file = directory / "cert.pem";
    options.tls_key_file = directory / "key.pem";
    return options;
}

/// Sends `request` and reads to the end.
std::string exchangeByTls(std::uint16_t port, const std::string& request) {
    Poco::Net::SecureStreamSocket client = connectByTls(port);
    for (std::size_t sent = 0; sent < request.size();)
        sent += static_cast<std::size_t>(
            client.sendBytes(request.data() + sent, static_cast<int>(request.size() - sent)));
    std::string answer;
    std::vector<char> chunk(65536);
    for (int got; (got = client.receiveBytes(chunk.data(), static_cast<int>(chunk.size()))) > 0;)
        answer.append(chunk.data(), static_cast<std::size_t>(got));
    return answer;
}

TEST_F(HttpServerTest, ABodyInAContentCodingIsDecodedWithinTheLimit) {
    start();
    const std::string text(90000, 'x');
    for (const char* path : {"/echo", "/later"}) {
        const auto ask = [&](const std::string& body, const std::string& coding) {
            return exchange(port(), post(path, body, "Content-Encoding: " + coding + "\r\n"));
        };
        for (const char* coding : {"gzip", "X-GZIP"}) {
            EXPECT_EQ(bodyIn(ask(gzipOf(text), coding)), text);
            EXPECT_EQ(statusIn(ask(gzipOf(std::string(100001, 'x')), coding)), 413);
        }
        EXPECT_EQ(bodyIn(ask(test::zstdOf(text), "zstd")), text);
        EXPECT_EQ(statusIn(ask(test::zstdOf(std::string(100001, 'x')), "zstd")), 413);
        EXPECT_EQ(bodyIn(ask("plain", "identity")), "plain");
        EXPECT_EQ(statusIn(ask("", "gzip")), 200);
        EXPECT_EQ(statusIn(ask("no gzip", "gzip")), 400);
        EXPECT_EQ(statusIn(ask(gzipOf(text).substr(0, 50), "gzip")), 400);
        EXPECT_EQ(statusIn(ask("no zstd", "zstd")), 400);
        for (const char* coding :
             {"br", "gzip, gzip", "deflate", "gzip\r\nContent-Encoding: gzip"}) {
            const std::string refused = ask("x", coding);
            EXPECT_EQ(statusIn(refused), 415) << coding;
            EXPECT_NE(refused.find("\r\nAccept-Encoding: gzip, zstd\r\n"), std::string::npos);
        }
    }
}

TEST_F(HttpServerTest, AHandlerThatReadsTheBodyItselfGetsItAsItCame) {
    start();
    const std::string body(90000, 'x');
    EXPECT_EQ(bodyIn(exchange(port(), post("/stream/x", body))), body);
    EXPECT_EQ(bodyIn(exchange(port(), post("/stream/x", "raw", "Content-Encoding: br\r\n"))),
              "raw");
    EXPECT_EQ(bodyIn(exchange(port(), post("/stream/x", ""))), "no body");
    const std::string chunked =
        "POST /stream/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(bodyIn(exchange(port(), chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")), "abcde");
    EXPECT_EQ(statusIn(exchange(port(), chunked + "186a1\r\n")), 413);
    EXPECT_EQ(
        statusIn(exchange(port(), chunked + "c350\r\n" + std::string(50000, 'x') + "\r\nc351\r\n")),
        413);
    EXPECT_EQ(statusIn(exchange(port(), chunked + "zz\r\n")), 400);
    EXPECT_EQ(statusIn(exchange(port(), chunked + "5\r\nabc")), 408);
    EXPECT_EQ(statusIn(exchange(port(), post("/stream/x", std::string(100001, 'x')))), 413);

    RawClient client(port());
    client.send(
        "POST /stream/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok" + post("/stream/x", "next"));
    EXPECT_EQ(bodyIn(client.readAnswer()), "ok");
    EXPECT_EQ(bodyIn(client.readAnswer()), "next");
}

TEST_F(HttpServerTest, WhatAHandlerLeavesUnreadEndsTheConnection) {
    start();
    RawClient client(port());
    client.send(post("/stream/part", std::string(90000, 'x')) + post("/echo", "next"));
    const std::string answers = client.readToEnd();
    EXPECT_EQ(bodyIn(answers), "enough");
    EXPECT_NE(answers.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, ServesHttps) {
    const test::TemporaryDirectory directory;
    const HttpServerOptions options = tlsOptions(directory);
    EXPECT_THROW(HttpServer(options, router_), ConfigError);
    write(selfSigned("localhost"), options);
    start(options);

    const std::string body(600000, 'x');
    for (const char* path : {"/echo", "/later"}) {
        const std::string answer = exchangeByTls(port(), post(path, body, "Connection: close\r\n"));
        EXPECT_EQ(statusIn(answer), 200);
        EXPECT_EQ(bodyIn(answer), body);
    }
    EXPECT_EQ(statusIn(exchangeByTls(port(), post("/echo", std::string(8 << 20, 'x')))), 413);
}

TEST_F(HttpServerTest, ACertificateReadAnewIsForNewConnectionsAndOneThatIsNoneChangesNothing) {
    const test::TemporaryDirectory directory;
    const HttpServerOptions options = tlsOptions(directory);
    const TestIdentity first = selfSigned("first");
    const TestIdentity second = selfSigned("second");
    write(first, options);
    start(options);
    Poco::Net::SecureStreamSocket running = connectByTls(port());
    EXPECT_EQ(nameOf(running), "first");

    write({second.certificate, first.key}, options);  // half of it has been replaced
    EXPECT_THROW(server_->reloadTls(), ConfigError);
    EXPECT_EQ(nameAt(port()), "first");
    std::ofstream(options.tls_key_file) << "no key";
    EXPECT_THROW(server_->reloadTls(), ConfigError);
    EXPECT_EQ(nameAt(port()), "first");

    write(second, options);
    server_->reloadTls();
    EXPECT_EQ(nameAt(port()), "second");
    const std::string request = post("/echo", "goes on", "Connection: close\r\n");
    running.sendBytes(request.data(), static_cast<int>(request.size()));
    std::string answer(4096, '\0');
    answer.resize(static_cast<std::size_t>(
        std::max(running.receiveBytes(answer.data(), static_cast<int>(answer.size())), 0)));
    EXPECT_EQ(bodyIn(answer), "goes on");
}

TEST_F(HttpServerTest, ATlsClientForWhomThereIsNoPlaceReadsWhy) {
    const test::TemporaryDirectory directory;
    HttpServerOptions options = tlsOptions(directory);
    options.max_connections_per_address = 1;
    write(selfSigned("localhost"), options);
    start(options);
    Poco::Net::SecureStreamSocket first = connectByTls(port());
    const std::string request = post("/echo", "1");
    first.sendBytes(request.data(), static_cast<int>(request.size()));
    std::array<char, 1024> answer{};
    ASSERT_GT(first.receiveBytes(answer.data(), static_cast<int>(answer.size())), 0);
    EXPECT_EQ(statusIn(exchangeByTls(port(), post("/echo", "1"))), 503);
}

}  // namespace
}  // namespace waybill::server
