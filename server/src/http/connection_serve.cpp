// How a worker serves a connection: it waits for whatever the request takes.
#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "http/connection.h"
#include "http/response_head.h"
#include "http/streamed_body.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kDroppedBody = 64 * 1024;

// How long a worker stays with a plain connection for its next request: a client that asks one
// thing after the other is not passed to and fro.
constexpr auto kStay = std::chrono::milliseconds(5);

// A client that still sends what was refused is listened to for so long, and so long after its last
// byte: many read the answer only when all is sent.
constexpr auto kLinger = std::chrono::seconds(5);
constexpr auto kLingerQuiet = std::chrono::seconds(1);

/// Whether a body that nobody wants is read all the same, so that the connection can go on.
bool worthReading(const RequestHead& head) {
    return !head.chunked && !head.expects_continue && head.content_length <= kDroppedBody;
}

}  // namespace

bool Connection::serve() {
    for (;;) {
        if (!request_) {
            const Channel::Status status = awaitRequest();
            if (status != Channel::Status::kOk)
                return status == Channel::Status::kTimeout && !channel_.secure();
            if (!channel_.secure() && needsNoWorker()) return true;
        }
        if (!serveOne()) break;
        request_.reset();
    }
    if (linger_) {
        context_.table.mark(handle_, ConnectionStage::kEnding);
        channel_.finish(kLingerQuiet, Clock::now() + kLinger);
    }
    return false;
}

/// False when the connection is to end.
bool Connection::serveOne() {
    if (request_->unsent) return sendRest();
    if (request_->response) return send(*request_->response);
    if (!request_->head && !readHead()) return false;
    if (const Router::Route* route = request_->match.route)
        return route->streams_body ? serveStreamed() : readBody() && send(handle());
    RequestHead& head = *request_->head;
    if (!worthReading(head))
        head.keep_alive = false;
    else if (!readBody())
        return false;
    return send(*request_->match.answer);
}

Channel::Status Connection::awaitRequest() {
    if (buffer_.empty()) {
        if (!context_.table.markIdle(handle_)) return Channel::Status::kClosed;
        const Duration patience = channel_.secure() ? options().idle_timeout : kStay;
        const auto status = channel_.read(buffer_, kReadBytes, Clock::now() + patience);
        if (status != Channel::Status::kOk) return status;
    }
    begin();
    return Channel::Status::kOk;
}

/// Whether what has come is for the reactor: half a head, or a request that it can serve.
bool Connection::needsNoWorker() {
    return !takeHead() && (!request_->head || withoutWaiting());
}

bool Connection::readHead() {
    const Deadline deadline = request_->since + options().head_timeout;
    for (;;) {
        if (const auto problem = takeHead()) return refuse(*problem);
        if (request_->head) return true;
        context_.table.mark(handle_, ConnectionStage::kHead);
        if (!readMore(buffer_, kReadBytes, deadline)) return false;
    }
}

bool Connection::readMore(std::string& buffer, std::size_t limit, Deadline deadline) {
    switch (channel_.read(buffer, limit, deadline)) {
        case Channel::Status::kOk:
            return true;
        case Channel::Status::kTimeout:
            return refuse({408, "The request did not come in time."});
        case Channel::Status::kClosed:
            break;
    }
    return false;
}

HttpResponse Connection::handle() {
    HttpRequest& request = request_->head->request;
    const Router::Route& route = *request_->match.route;
    if (route.handler) return made([&] { return route.handler(request); });
    const auto answer = std::make_shared<std::promise<Reply::Maker>>();
    askHandler(Reply([answer](Reply::Maker make) { answer->set_value(std::move(make)); }));
    return made(answer->get_future().get());
}

/// The rest of an answer the reactor has begun.
bool Connection::sendRest() {
    linger_ = !request_->keep_alive;
    const std::string& rest = *request_->unsent;
    return channel_.write(rest, answerDeadline(rest.size())) == Channel::Status::kOk &&
           request_->keep_alive;
}

bool Connection::send(const HttpResponse& response) {
    if (streams(response)) return stream(response);
    std::string head = beginAnswer(response);
    const std::string_view body = bodyOf(response);
    const Deadline deadline = answerDeadline(body.size());
    linger_ = !request_->keep_alive;
    if (body.size() <= kJoinedBytes)
        return channel_.write(head.append(body), deadline) == Channel::Status::kOk &&
               request_->keep_alive;
    return channel_.write(head, deadline) == Channel::Status::kOk &&
           channel_.write(body, deadline) == Channel::Status::kOk && request_->keep_alive;
}

bool Connection::stream(const HttpResponse& response) {
    const RequestHead& head = *request_->head;
    const BodyFraming framing = head.http11 ? BodyFraming::kChunked : BodyFraming::kUntilClose;
    const bool keep_alive = head.http11 && head.keep_alive && !context_.table.draining();
    tellStatus(response);
    StreamedBody body(channel_, framing, options(), context_.table);
    body.sendHead(writeResponseHead(response, framing, head.request,
                                    connectionWord(keep_alive, head.http11)));
    bool whole = false;
    const bool made_it = guarded([&] { whole = response.stream(body); });
    if (!made_it || !whole) return false;
    linger_ = !keep_alive;
    return body.finish() && keep_alive;
}

/// Always false: the connection ends with it.
bool Connection::refuse(const RequestProblem& problem) {
    return refuseWith(ApiError{problem.status, problem.message, "", ""});
}

bool Connection::refuseWith(const ApiError& error) {
    if (!request_->head) request_->head.emplace().request.id = context_.new_request_id();
    request_->head->keep_alive = false;
    return send(errorResponse(request_->head->request, error));
}

Deadline Connection::answerDeadline(std::size_t bytes) const {
    return bodyDeadline(Clock::now(), bytes) + options().write_timeout;
}

}  // namespace waybill::server
