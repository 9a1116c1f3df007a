// One client's connection: requests in, answers out.
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/channel.h"
#include "http/client_memories.h"
#include "http/connection_table.h"
#include "http/request_head.h"
#include "waybill/server/api_error.h"
#include "waybill/server/http_server.h"
#include "waybill/server/reply.h"
#include "waybill/server/request_memory.h"
#include "waybill/server/router.h"

namespace waybill::server {

/// What all connections of a server share; must outlive them.
struct ConnectionContext {
    const HttpServerOptions& options;
    const Router& router;
    ConnectionTable& table;
    std::shared_ptr<ByteBudget> memory;
    ClientMemories& client_memories;
    std::function<std::string()> new_request_id;
    bool on_loopback_only = false;  ///< where the server listens

    /// Whether a loopback server was asked under a name that is none of its own. A name of one
    /// label is one for programs only.
    bool isForeign(const HttpRequest& request) const;
};

/// A connection and the request on it. One thread has it at a time: the reactor, which never waits
/// (connection.cpp), or a worker, which may (connection_serve.cpp, connection_body.cpp) and goes on
/// from wherever the reactor left off. Requests are answered one after the other, however many have
/// come.
class Connection {
public:
    /// `tls`: null for a plain connection. Counts in the table from now on.
    Connection(ConnectionContext& context, Poco::Net::StreamSocket socket,
               const Poco::Net::Context::Ptr& tls, std::string remote_address);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return channel_.fd(); }

    /// Ends both sides; whoever has the connection will find it ended.
    void cut() noexcept { channel_.cut(); }

    /// For a worker: serves the request under way and those that follow at once, waiting for
    /// whatever they take; all there will be of a secure connection. False: it ends.
    bool serve();

    /// What the reactor is to do with a plain connection.
    enum class Next {
        kWait,    ///< until there is something to read or `deadline` has passed
        kAsk,     ///< the request is whole: call `ask`
        kWorker,  ///< a worker must go on: there is to be waited, or time is up
        kEnd,
    };

    /// Takes up a new connection, or one that a worker gave back. Reads go through `scratch`, here
    /// and below.
    Next resume(std::span<char> scratch);

    /// There is something to read, perhaps only the end.
    void markReadable(bool hung_up);

    /// Reads what there is and goes as far as that goes; nowhere before the last request has its
    /// answer.
    Next advance(std::span<char> scratch);

    /// Passes the request on. `reply` leads to `answer`, sooner or later.
    void ask(const Reply& reply);

    /// A reply is on its way: the connection must stay where it is.
    bool awaitsReply() const { return request_ && request_->asked; }

    /// Sends the answer and goes on to the next request.
    Next answer(const Reply::Maker& make, std::span<char> scratch);

    /// When waiting ends, with `expire`.
    Deadline deadline() const;
    Next expire() const { return request_ ? Next::kWorker : Next::kEnd; }

private:
    /// An answer up to this size leaves in one write together with its head.
    static constexpr std::size_t kJoinedBytes = 64 * 1024;

    /// The request under way.
    struct Request {
        explicit Request(std::shared_ptr<ByteBudget> budget) : memory(std::move(budget)) {}

        Deadline since = std::chrono::steady_clock::now();  ///< of the head, then of the body
        std::size_t searched = 0;                           ///< of the buffer, for the head's end
        std::optional<RequestHead> head;
        Router::Match match;
        RequestMemory memory;
        bool asked = false;                    ///< its reply will come
        bool keep_alive = true;                ///< as the answer says
        std::optional<HttpResponse> response;  ///< for a worker to send
        std::optional<std::string> unsent;     ///< the same, of an answer that has been begun
    };

    // without waiting
    Next rest();
    Next progress();
    Next waitFor(ConnectionStage rest);
    Channel::Status receive(std::span<char> scratch);
    bool withoutWaiting() const;

    // waiting
    bool serveOne();
    Channel::Status awaitRequest();
    bool needsNoWorker();
    bool readHead();
    class ClientBody;
    bool readBody();
    bool decodeBody();
    bool serveStreamed();
    bool readMore(std::string& buffer, std::size_t limit, Deadline deadline);
    bool sendContinue();
    HttpResponse handle();
    bool sendRest();
    bool send(const HttpResponse& response);
    bool stream(const HttpResponse& response);
    bool refuse(const RequestProblem& problem);
    bool refuseWith(const ApiError& error);
    RequestProblem tooLarge() const;
    Deadline answerDeadline(std::size_t bytes) const;

    // what both share
    const HttpServerOptions& options() const { return context_.options; }
    void begin();
    std::optional<RequestProblem> takeHead();
    Router::Match route(HttpRequest& request) const;
    void takeBuffered();
    void askHandler(const Reply& reply);
    HttpResponse made(const Reply::Maker& make);
    bool guarded(const std::function<void()>& call) const;
    bool streams(const HttpResponse& response) const;
    std::string_view bodyOf(const HttpResponse& response) const;
    std::string beginAnswer(const HttpResponse& response);
    void tellStatus(const HttpResponse& response) const;
    Deadline bodyDeadline(Deadline start, std::size_t bytes) const;

    ConnectionContext& context_;
    Channel channel_;
    const std::string remote_address_;
    const ConnectionTable::Handle handle_;
    std::optional<Request> request_;  ///< none: idle
    Deadline idle_since_ = std::chrono::steady_clock::now();
    std::string buffer_;  ///< read, not yet used
    bool readable_ = false;
    bool hung_up_ = false;
    bool linger_ = false;
};

}  // namespace waybill::server
