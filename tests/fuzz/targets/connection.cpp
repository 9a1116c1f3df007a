// A client's whole connection: heads, bodies, codings, answers, over a real pair of sockets.
#include <Poco/Net/StreamSocketImpl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "fuzz/target.h"
// Not core/src/http/connection.h.
#include "../../../server/src/http/connection.h"
#include "http/response_reader.h"

namespace waybill::test {
namespace {

using server::Connection;
using server::HttpRequest;
using server::HttpResponse;

constexpr std::size_t kConnectionMostInput = 4096;

/// A socket whose reads by a worker end where chance has it.
class CutSocket : public Poco::Net::StreamSocketImpl {
public:
    CutSocket(int descriptor, std::optional<Chance> cuts)
        : StreamSocketImpl(descriptor), cuts_(std::move(cuts)) {}

    int receiveBytes(void* buffer, int length, int flags) override {
        if (cuts_ && length > 1)
            length = 1 + static_cast<int>(cuts_->below(static_cast<std::uint64_t>(length)) %
                                          (cuts_->oneIn(2) ? 3 : 256));
        return StreamSocketImpl::receiveBytes(buffer, length, flags);
    }
    /// The pair has no TCP in it.
    void setRawOption(int level, int option, const void* value, poco_socklen_t length) override {
        if (level != IPPROTO_TCP) StreamSocketImpl::setRawOption(level, option, value, length);
    }

private:
    std::optional<Chance> cuts_;
};

/// What a handler was given.
std::string described(const HttpRequest& request) {
    std::string text =
        request.method + " " + request.path + "?" + request.query + " @" + request.host + "\n";
    for (const auto& [name, value] : request.headers)
        text += name + "=" + value + "\n";
    return text + request.body;
}

HttpResponse plain(std::string text) {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = makeBytes(std::move(text));
    return response;
}

HttpResponse streamedAnswer(const HttpRequest& request) {
    HttpResponse response;
    response.stream = [text = described(request)](server::BodyWriter& to) {
        return to.write(text) && to.write("end");
    };
    return response;
}

HttpResponse readWhileItComes(HttpRequest& request) {
    using Read = server::IncomingBody::Read;
    std::string body;
    if (request.incoming_body == nullptr) return plain("passed nothing");
    for (;;) {
        switch (request.incoming_body->read(body, 1000)) {
            case Read::kSome:
                continue;
            case Read::kNotYet:
            case Read::kEnd:
                return plain("passed " + body);
            case Read::kFailed:
                return request.incoming_body->refusal();
        }
    }
}

const server::Router& router() {
    static const server::Router kRouter = [] {
        server::Router made;
        for (const char* method : {"GET", "POST"}) {
            made.add(method, "/s/{id}", nullptr,
                     [](HttpRequest& r) { return plain(described(r)); });
            made.addAsync(method, "/a", nullptr, [](HttpRequest& r, const server::Reply& reply) {
                reply(plain(described(r)));
            });
            made.add(method, "/t", nullptr, [](HttpRequest& r) { return streamedAnswer(r); });
            made.addRest(method, "/p", "", nullptr, readWhileItComes);
        }
        return made;
    }();
    return kRouter;
}

/// Drives a connection as the server's reactor and its workers do.
class Server {
public:
    struct Told {
        std::string method;
        int status = 0;
    };

    Server() : memory_(std::make_shared<ByteBudget>(1 << 20)) {
        options_.max_head_bytes = 1024;
        options_.max_header_fields = 20;
        options_.max_body_bytes = 2048;
        options_.on_answer = [this](const HttpRequest& request, int status) {
            told_.push_back({request.method, status});
        };
        options_.on_problem = [this](const std::string& problem) { problem_ = problem; };
    }

    /// Everything that it answers to these pieces, until it or the client ends the connection.
    std::string answersTo(const std::vector<std::string_view>& pieces, std::optional<Chance> cuts) {
        std::array<int, 2> pair{};
        FUZZ_CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
        client_ = pair[1];
        {
            Poco::Net::StreamSocket socket(new CutSocket(pair[0], std::move(cuts)));
            Connection connection(context_, std::move(socket), nullptr, "192.0.2.1");
            serve(connection, {pieces.begin(), pieces.end()});
        }
        std::string answers;
        std::array<char, 16 * 1024> bytes{};
        for (ssize_t got = 0; (got = ::recv(client_, bytes.data(), bytes.size(), 0)) > 0;)
            answers.append(bytes.data(), static_cast<std::size_t>(got));
        ::close(client_);
        FUZZ_CHECK(problem_.empty());
        FUZZ_CHECK(memory_->used() == 0);
        return answers;
    }

    const std::vector<Told>& told() const { return told_; }

private:
    void serve(Connection& connection, std::deque<std::string_view> pieces) {
        using Next = Connection::Next;
        Next next = connection.resume(scratch_);
        for (;;) {
            switch (next) {
                case Next::kEnd:
                    return;
                case Next::kAsk: {
                    std::optional<server::Reply::Maker> made;
                    connection.ask(
                        server::Reply([&](server::Reply::Maker m) { made = std::move(m); }));
                    FUZZ_CHECK(made);
                    next = connection.answer(*made, scratch_);
                    break;
                }
                case Next::kWorker:
                    // Nobody else would send what it waits for.
                    while (!pieces.empty())
                        send(pieces);
                    ::shutdown(client_, SHUT_WR);
                    if (!connection.serve()) return;
                    next = connection.resume(scratch_);
                    connection.markReadable(true);
                    if (next == Next::kWait) next = connection.advance(scratch_);
                    break;
                case Next::kWait: {
                    FUZZ_CHECK(!connection.awaitsReply());
                    const bool over = pieces.empty();
                    if (over)
                        ::shutdown(client_, SHUT_WR);
                    else
                        send(pieces);
                    connection.markReadable(over);
                    next = connection.advance(scratch_);
                }
            }
        }
    }

    void send(std::deque<std::string_view>& pieces) {
        const std::string_view piece = pieces.front();
        pieces.pop_front();
        FUZZ_CHECK(::send(client_, piece.data(), piece.size(), MSG_NOSIGNAL) ==
                   static_cast<ssize_t>(piece.size()));
    }

    std::shared_ptr<ByteBudget> memory_;
    server::HttpServerOptions options_;
    server::ConnectionTable table_{1000, 1000, 8};
    server::ClientMemories memories_{1 << 20};
    int requests_ = 0;
    server::ConnectionContext context_{
        options_, router(),  table_,
        memory_,  memories_, [this] {
                                           return "req_" + std::to_string(++requests_); }};
    std::array<char, 16 * 1024> scratch_{};
    int client_ = -1;
    std::vector<Told> told_;
    std::string problem_;
};

struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    bool operator==(const Answer&) const = default;
};

/// The answers as a client reads them, which knows what it asked; each must be a whole one.
std::vector<Answer> readAnswers(std::string_view bytes, const std::vector<Server::Told>& told) {
    static const http::ResponseLimits kConnectionLimits;
    std::vector<Answer> answers;
    for (const Server::Told& expected : told) {
        http::ResponseReader reader(kConnectionLimits);
        if (expected.method == "HEAD") reader.expectNoBody();
        bytes.remove_prefix(reader.feed(bytes));
        if (!reader.finished()) reader.endOfStream(true);
        FUZZ_CHECK(reader.state() == http::ResponseReader::State::kComplete);
        FUZZ_CHECK(reader.head().status == expected.status);
        FUZZ_CHECK(expected.status >= 200 && expected.status < 600);
        std::string head = reader.takeHeadText();
        const std::size_t date = head.find("\r\nDate: ");
        FUZZ_CHECK(date != head.npos);
        head.erase(date, head.find("\r\n", date + 2) - date);
        answers.push_back({expected.status, std::move(head), reader.takeBody()});
    }
    FUZZ_CHECK(bytes.empty());
    return answers;
}

std::vector<Answer> answersTo(const std::vector<std::string_view>& pieces,
                              std::optional<Chance> cuts) {
    Server server;
    const std::string bytes = server.answersTo(pieces, std::move(cuts));
    return readAnswers(bytes, server.told());
}

}  // namespace

/// What clients send gets the same answers however it is cut, every answer is whole, nothing fails
/// on our side, and all memory comes back.
WAYBILL_FUZZ_TARGET(connection) {
    bytes = bytes.substr(0, kConnectionMostInput);
    const auto whole = answersTo(
        bytes.empty() ? std::vector<std::string_view>{} : std::vector{bytes}, std::nullopt);
    FUZZ_CHECK(whole == answersTo(cutAnywhere(bytes), chanceFrom(bytes)));
}

}  // namespace waybill::test
