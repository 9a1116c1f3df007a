// Does the operator API's client ask what it should, and say clearly what went wrong?
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <gtest/gtest.h>

#include <mutex>

#include "waybill/admin_api.h"
#include "waybill/errors.h"

namespace waybill {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

struct Seen {
    std::string line;
    std::string authorization;
    std::string actor;
    std::string body;
};

/// Gives every request the same answer and remembers the last one.
class CannedDaemon {
public:
    CannedDaemon(int status, std::string body)
        : status_(status),
          body_(std::move(body)),
          socket_(Poco::Net::SocketAddress("127.0.0.1", 0)),
          server_(new Factory(*this), socket_, new Poco::Net::HTTPServerParams) {
        server_.start();
    }
    ~CannedDaemon() { server_.stopAll(true); }

    std::string url() const { return "http://" + socket_.address().toString(); }
    Seen seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

private:
    class Handler : public Poco::Net::HTTPRequestHandler {
    public:
        explicit Handler(CannedDaemon& daemon) : daemon_(daemon) {}
        void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
            Seen seen{request.getMethod() + " " + request.getURI(),
                      request.get("Authorization", ""),
                      request.get("Waybill-Actor", ""),
                      {}};
            Poco::StreamCopier::copyToString(request.stream(), seen.body);
            {
                const std::lock_guard lock(daemon_.mutex_);
                daemon_.seen_ = std::move(seen);
            }
            response.setStatus(static_cast<HTTPServerResponse::HTTPStatus>(daemon_.status_));
            response.sendBuffer(daemon_.body_.data(), daemon_.body_.size());
        }

    private:
        CannedDaemon& daemon_;
    };

    class Factory : public Poco::Net::HTTPRequestHandlerFactory {
    public:
        explicit Factory(CannedDaemon& daemon) : daemon_(daemon) {}
        Poco::Net::HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
            return new Handler(daemon_);
        }

    private:
        CannedDaemon& daemon_;
    };

    const int status_;
    const std::string body_;
    mutable std::mutex mutex_;
    Seen seen_;
    Poco::Net::ServerSocket socket_;
    Poco::Net::HTTPServer server_;
};

std::unique_ptr<AdminApi> apiOf(const CannedDaemon& daemon, std::string actor = {}) {
    return makeHttpAdminApi({daemon.url(), "secret-token", std::move(actor)});
}

/// What a call that cannot be carried out says.
template <typename Call>
std::string messageOf(Call call) {
    try {
        call();
    } catch (const Poco::Exception& error) {
        return error.message();
    }
    return "no exception";
}

DeliveryView sampleDelivery() {
    DeliveryView delivery;
    delivery.id = "dlv_1";
    delivery.status = "pending";
    return delivery;
}

TEST(HttpAdminApi, AsksForAPageWithEveryFilterAndReadsIt) {
    const CannedDaemon daemon(
        200, R"({"data":[)" + toJson(sampleDelivery()) + R"(],"next_cursor":"c/2"})");
    DeliveryFilter filter;
    filter.status = "failed";
    filter.http_status = 503;
    filter.q = "https://a.example/x?y=1&z";
    const auto page = apiOf(daemon, "ada")->deliveries(filter, 20, "c 1");
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->data.size(), 1u);
    EXPECT_EQ(page->data[0].id, "dlv_1");
    EXPECT_EQ(page->next_cursor, "c/2");
    const Seen seen = daemon.seen();
    EXPECT_EQ(seen.line,
              "GET /admin/v1/deliveries?status=failed&http_status=503"
              "&q=https%3A%2F%2Fa.example%2Fx%3Fy%3D1%26z&limit=20&cursor=c%201");
    EXPECT_EQ(seen.authorization, "Bearer secret-token");
    EXPECT_EQ(seen.actor, "ada");
}

TEST(HttpAdminApi, ANameOfAnyPersonIsSentPercentEncoded) {
    const CannedDaemon daemon(200, R"({"data":[],"next_cursor":null})");
    for (const auto& [name, header] :
         std::vector<std::pair<std::string, std::string>>{{"kim@example.com", "kim@example.com"},
                                                          {"Kim Lee", "Kim%20Lee"},
                                                          {"Zoë 100%", "Zo%C3%AB%20100%25"},
                                                          {"李", "%E6%9D%8E"}}) {
        ASSERT_TRUE(apiOf(daemon, name)->deliveries({}, 1, "").ok());
        EXPECT_EQ(daemon.seen().actor, header);
    }
    for (const char* name : {"a\tb", "a\xE2\x80\xAE", "a\xff", " a"})
        EXPECT_THROW(makeHttpAdminApi({"http://h", "t", name}), ConfigError) << name;
}

TEST(HttpAdminApi, AStoredObjectIsSentAndADeliverysUrlTried) {
    const CannedDaemon daemon(202, toJson(sampleDelivery()));
    ASSERT_TRUE(apiOf(daemon)->callResponseBack("resp/1", "", "https://b/", "t").ok());
    EXPECT_EQ(daemon.seen().line, "POST /admin/v1/responses/resp%2F1/redeliver");
    EXPECT_EQ(daemon.seen().body, R"({"url":"https://b/","token":"t"})");
    const CannedDaemon checker(200, toJson(CheckView{.endpoint = "https://b:443"}));
    ASSERT_TRUE(apiOf(checker)->checkDelivery("dlv_1", true).ok());
    EXPECT_EQ(checker.seen().line, "POST /admin/v1/check");
    EXPECT_EQ(checker.seen().body, R"({"delivery":"dlv_1","send":true})");
}

TEST(HttpAdminApi, AnIdWithASlashStaysOneSegment) {
    const CannedDaemon daemon(200, R"({"data":[],"next_cursor":null})");
    ASSERT_TRUE(apiOf(daemon)->deliveryEvents("../events?x").ok());
    EXPECT_EQ(daemon.seen().line, "GET /admin/v1/deliveries/..%2Fevents%3Fx/events");
}

TEST(HttpAdminApi, ARedeliveryCarriesOnlyWhatIsGiven) {
    const CannedDaemon daemon(202, toJson(sampleDelivery()));
    ASSERT_TRUE(apiOf(daemon)->redeliver("dlv_1", "", std::nullopt, std::nullopt).ok());
    EXPECT_EQ(daemon.seen().body, "{}");
    ASSERT_TRUE(apiOf(daemon)->redeliver("dlv_1", "mended", "https://b.example/", "t").ok());
    EXPECT_EQ(daemon.seen().line, "POST /admin/v1/deliveries/dlv_1/redeliver");
    EXPECT_EQ(daemon.seen().body, R"({"reason":"mended","url":"https://b.example/","token":"t"})");
}

TEST(HttpAdminApi, APayloadComesBackByteForByte) {
    const std::string bytes("\0\r\n{ }\xff", 8);
    const CannedDaemon daemon(200, bytes);
    const auto payload = apiOf(daemon)->payload("dlv_1");
    ASSERT_TRUE(payload.ok());
    EXPECT_EQ(**payload, bytes);
}

TEST(HttpAdminApi, ARefusalKeepsTheDaemonsWords) {
    const CannedDaemon daemon(409, R"({"error":{"message":"An attempt is on the wire.","type":"x",)"
                                   R"("param":"id","code":null}})");
    const auto cancelled = apiOf(daemon)->cancel("dlv_1", "why");
    ASSERT_FALSE(cancelled.ok());
    EXPECT_EQ(cancelled.refusal().code, RefusalCode::kConflict);
    EXPECT_EQ(cancelled.refusal().message, "An attempt is on the wire.");
    EXPECT_EQ(cancelled.refusal().param, "id");
    EXPECT_EQ(daemon.seen().body, R"({"reason":"why"})");
}

TEST(HttpAdminApi, SaysWhereTheRightTokenIs) {
    const CannedDaemon daemon(401, R"({"error":{"message":"no"}})");
    const auto api = apiOf(daemon);
    const std::string message = messageOf([&] { (void)api->delivery("dlv_1"); });
    EXPECT_NE(message.find("admin.token"), std::string::npos) << message;
    EXPECT_EQ(message.find("secret-token"), std::string::npos) << message;
}

TEST(HttpAdminApi, SaysThatSomethingElseAnswers) {
    for (const int status : {200, 404}) {
        const CannedDaemon daemon(status, "<html>hello</html>");
        const auto api = apiOf(daemon);
        EXPECT_NE(messageOf([&] {
                      (void)api->delivery("dlv_1");
                  }).find("does not speak the operator API"),
                  std::string::npos)
            << status;
    }
}

TEST(HttpAdminApi, SaysThatNobodyAnswers) {
    std::string url;
    {
        const CannedDaemon gone(200, "");
        url = gone.url();
    }
    const auto api = makeHttpAdminApi({url, "token", ""});
    EXPECT_EQ(messageOf([&] { (void)api->events(0, 10); }),
              "No waybilld could be reached at " + url +
                  " (nothing listens there). Is it running, and is this its address?");
}

TEST(HttpAdminApi, RefusesWhatCannotBeAnAddressOrASecret) {
    for (const char* server :
         {"", "localhost", "ftp://a", "http://", "http://u:p@h", "http://h/x"}) {
        EXPECT_THROW(makeHttpAdminApi({server, "t", ""}), ConfigError) << server;
    }
    EXPECT_THROW(makeHttpAdminApi({"http://h", "to\r\nken: x", ""}), ConfigError);
    EXPECT_THROW(makeHttpAdminApi({"http://h", "t", "ada\n"}), ConfigError);
}

}  // namespace
}  // namespace waybill
