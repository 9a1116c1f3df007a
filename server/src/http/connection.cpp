#include "http/connection.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <exception>

#include "http/chunked_decoder.h"
#include "http/response_head.h"
#include "http/streamed_body.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kMostReadBytes = 256 * 1024;

// An answer up to this size leaves in one write together with its head.
constexpr std::size_t kJoinedBytes = 64 * 1024;

constexpr std::size_t kDroppedBody = 64 * 1024;

constexpr auto kLinger = std::chrono::seconds(1);

bool hasBody(const RequestHead& head) {
    return head.chunked || head.content_length > 0;
}

/// Whether a body that nobody wants is read all the same, so that the connection can go on.
bool worthReading(const RequestHead& head) {
    return !head.chunked && !head.expects_continue && head.content_length <= kDroppedBody;
}

}  // namespace

Connection::Connection(ConnectionContext& context, Channel& channel, ConnectionTable::Handle handle,
                       std::string remote_address)
    : context_(context),
      channel_(channel),
      handle_(handle),
      remote_address_(std::move(remote_address)) {}

void Connection::run() {
    while (serveOne()) {
    }
    if (linger_) channel_.finish(Clock::now() + kLinger);
}

bool Connection::serveOne() {
    if (!awaitRequest()) return false;
    std::optional<RequestHead> head = readHead();
    if (!head) return false;
    Router::Match match = context_.router.match(head->request);
    ByteAllowance allowance(context_.body_budget);
    if (!match.route) {
        if (!worthReading(*head))
            head->keep_alive = false;
        else if (!readBody(*head, allowance))
            return false;
        return answer(*head, *match.answer);
    }
    if (!readBody(*head, allowance)) return false;
    return answer(*head, handle(*match.route, head->request));
}

bool Connection::awaitRequest() {
    if (!buffer_.empty()) return true;
    if (!context_.table.markIdle(handle_)) return false;
    const auto status =
        channel_.read(buffer_, kReadBytes, Clock::now() + context_.options.idle_timeout);
    context_.table.markBusy(handle_);
    return status == Channel::Status::kOk;
}

std::optional<RequestHead> Connection::readHead() {
    const HeadLimits limits{context_.options.max_head_bytes, context_.options.max_header_fields};
    const Deadline deadline = Clock::now() + context_.options.head_timeout;
    HttpRequest unknown;
    unknown.id = context_.new_request_id();
    std::size_t searched = 0;
    for (;;) {
        const auto found = findHeadEnd(buffer_, searched, limits);
        if (const auto* problem = std::get_if<RequestProblem>(&found)) {
            refuse(unknown, *problem);
            return std::nullopt;
        }
        if (const auto* end = std::get_if<std::size_t>(&found)) {
            auto parsed = parseRequestHead(std::string_view(buffer_).substr(0, *end), limits);
            if (const auto* problem = std::get_if<RequestProblem>(&parsed)) {
                refuse(unknown, *problem);
                return std::nullopt;
            }
            buffer_.erase(0, *end);
            RequestHead& head = std::get<RequestHead>(parsed);
            head.request.id = std::move(unknown.id);
            head.request.remote_address = remote_address_;
            head.request.client_gone = [this] { return channel_.closedByPeer(); };
            return std::move(head);
        }
        if (!readMore(buffer_, kReadBytes, deadline, unknown)) return std::nullopt;
    }
}

bool Connection::readMore(std::string& buffer, std::size_t limit, Deadline deadline,
                          const HttpRequest& request) {
    switch (channel_.read(buffer, limit, deadline)) {
        case Channel::Status::kOk:
            return true;
        case Channel::Status::kTimeout:
            return refuse(request, {408, "The request did not come in time."});
        case Channel::Status::kClosed:
            break;
    }
    return false;
}

bool Connection::sendContinue(const RequestHead& head) {
    if (!head.expects_continue || !buffer_.empty()) return true;
    return channel_.write("HTTP/1.1 100 Continue\r\n\r\n",
                          Clock::now() + context_.options.write_timeout) == Channel::Status::kOk;
}

bool Connection::readBody(RequestHead& head, ByteAllowance& allowance) {
    if (!hasBody(head)) return true;
    if (!head.chunked && head.content_length > context_.options.max_body_bytes)
        return bodyTooLarge(head.request);
    if (!sendContinue(head)) return false;
    return head.chunked ? readChunkedBody(head, allowance) : readPlainBody(head, allowance);
}

bool Connection::readPlainBody(RequestHead& head, ByteAllowance& allowance) {
    const std::size_t length = static_cast<std::size_t>(head.content_length);
    const Deadline start = Clock::now();
    std::string& body = head.request.body;
    if (buffer_.size() <= length) {
        body = std::move(buffer_);
        buffer_.clear();
    } else {
        body.assign(buffer_, 0, length);
        buffer_.erase(0, length);
    }
    while (body.size() < length) {
        // Memory follows what has come, not what was announced.
        const std::size_t step =
            std::min(length - body.size(), std::clamp(body.size(), kReadBytes, kMostReadBytes));
        if (!allowance.growTo(body.size() + step)) return bodyUnaffordable(head.request);
        if (!readMore(body, step, bodyDeadline(start, body.size()), head.request)) return false;
    }
    return true;
}

bool Connection::readChunkedBody(RequestHead& head, ByteAllowance& allowance) {
    ChunkedDecoder decoder(context_.options.max_body_bytes);
    const Deadline start = Clock::now();
    std::string& body = head.request.body;
    for (;;) {
        if (!allowance.growTo(body.size() + buffer_.size())) return bodyUnaffordable(head.request);
        std::size_t consumed = 0;
        const ChunkedDecoder::State state = decoder.feed(buffer_, body, consumed);
        buffer_.erase(0, consumed);
        switch (state) {
            case ChunkedDecoder::State::kDone:
                return true;
            case ChunkedDecoder::State::kMalformed:
                return refuse(head.request, {400, "The body's chunks are malformed."});
            case ChunkedDecoder::State::kTooLarge:
                return bodyTooLarge(head.request);
            case ChunkedDecoder::State::kMore:
                break;
        }
        if (!readMore(buffer_, kReadBytes, bodyDeadline(start, body.size()), head.request))
            return false;
    }
}

/// A body must come at the slowest pace at least.
Deadline Connection::bodyDeadline(Deadline start, std::size_t bytes) const {
    const HttpServerOptions& options = context_.options;
    return start + options.body_timeout +
           std::chrono::seconds(bytes / std::max<std::size_t>(options.slowest_bytes_per_second, 1));
}

/// Calls what belongs to others; false when it threw, which is reported.
template <typename Call>
bool Connection::guarded(const HttpRequest& request, Call call) const {
    std::string problem;
    try {
        call();
        return true;
    } catch (const Poco::Exception& exception) {
        problem = exception.displayText();
    } catch (const std::exception& exception) {
        problem = exception.what();
    }
    if (context_.options.on_problem)
        context_.options.on_problem("request " + request.id + ": " + problem);
    return false;
}

HttpResponse Connection::handle(const Router::Route& route, HttpRequest& request) const {
    HttpResponse response;
    if (guarded(request, [&] { response = route.handler(request); })) return response;
    return errorResponse(
        request,
        {500, "Something went wrong here; the log has more about request " + request.id + ".", "",
         "internal_error"});
}

bool Connection::answer(const RequestHead& head, const HttpResponse& response) {
    if (response.stream && head.request.method != "HEAD") return stream(head, response);
    const bool keep_alive = head.keep_alive && !context_.table.draining();
    std::string out =
        writeResponseHead(response, BodyFraming::kLength, head.request.id, keep_alive);
    const std::string_view body =
        response.body && head.request.method != "HEAD" ? *response.body : std::string_view();
    const Deadline deadline =
        bodyDeadline(Clock::now(), body.size()) + context_.options.write_timeout;
    linger_ = !keep_alive;
    if (body.size() <= kJoinedBytes)
        return channel_.write(out.append(body), deadline) == Channel::Status::kOk && keep_alive;
    return channel_.write(out, deadline) == Channel::Status::kOk &&
           channel_.write(body, deadline) == Channel::Status::kOk && keep_alive;
}

bool Connection::stream(const RequestHead& head, const HttpResponse& response) {
    const BodyFraming framing = head.http11 ? BodyFraming::kChunked : BodyFraming::kUntilClose;
    const bool keep_alive = head.http11 && head.keep_alive && !context_.table.draining();
    StreamedBody body(channel_, framing, context_.options, context_.table);
    body.sendHead(writeResponseHead(response, framing, head.request.id, keep_alive));
    bool whole = false;
    const bool made = guarded(head.request, [&] { whole = response.stream(body); });
    if (!made || !whole) return false;
    linger_ = !keep_alive;
    return body.finish() && keep_alive;
}

/// Always false: the connection ends with it.
bool Connection::refuse(const HttpRequest& request, const RequestProblem& problem) {
    RequestHead head;
    head.request.id = request.id;
    head.request.method = request.method;
    head.keep_alive = false;
    return answer(head, errorResponse(request, {problem.status, problem.message, "", ""}));
}

bool Connection::bodyTooLarge(const HttpRequest& request) {
    return refuse(request, {413, "The body is too large: at most " +
                                     std::to_string(context_.options.max_body_bytes) + " bytes."});
}

bool Connection::bodyUnaffordable(const HttpRequest& request) {
    return refuse(request, {503, "Too many large requests at once; try again shortly."});
}

}  // namespace waybill::server
