// What both ways to serve share, and the one of the reactor, which never waits.
#include "http/connection.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "http/content_coding.h"
#include "http/host.h"
#include "http/response_head.h"
#include "waybill/server/api_error.h"
#include "waybill/worker_thread.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

// Larger bodies go to a worker, where memory follows what has come.
constexpr std::uint64_t kMostBody = 64 * 1024;

HttpResponse internalError(const HttpRequest& request) {
    return errorResponse(
        request,
        {500, "Something went wrong here; the log has more about request " + request.id + ".", "",
         "internal_error"});
}

/// Fields that browsers add and programs do not (Fetch, W3C Fetch Metadata). To an origin without
/// TLS a browser may send none but its `User-Agent`.
bool comesFromBrowser(const HttpHeaders& headers) {
    return std::any_of(headers.begin(), headers.end(), [](const auto& field) {
        const std::string_view name = field.first;
        return equalsIgnoringCase(name, "origin") || equalsIgnoringCase(name, "referer") ||
               equalsIgnoringCase(name.substr(0, 10), "sec-fetch-") ||
               (equalsIgnoringCase(name, "user-agent") && field.second.starts_with("Mozilla/"));
    });
}

bool hasBody(const RequestHead& head) {
    return head.chunked || head.content_length > 0;
}

ApiError tooManyRequests() {
    return {503, "Too many requests are under way; try again shortly.", "", "too_many_requests"};
}

/// RFC 9110 section 15.5.16.
HttpResponse unknownCoding(const HttpRequest& request) {
    HttpResponse response = errorResponse(
        request, {415, "A body comes in gzip, in zstd or as it is, in one coding at most.",
                  "Content-Encoding", "unsupported_content_encoding"});
    response.headers.add("Accept-Encoding", std::string(kAcceptedCodings));
    return response;
}

}  // namespace

bool ConnectionContext::isForeign(const HttpRequest& request) const {
    if (!on_loopback_only) return false;
    const auto at = parseHostAndPort(request.host);
    if (!at) return true;
    if (isLocalName(at->host) || equalsIgnoringCase(at->host, options.host)) return false;
    return !isSingleLabel(at->host) || comesFromBrowser(request.headers);
}

Connection::Connection(ConnectionContext& context, Poco::Net::StreamSocket socket,
                       const Poco::Net::Context::Ptr& tls, std::string remote_address)
    : context_(context),
      channel_(std::move(socket), tls),
      remote_address_(std::move(remote_address)),
      handle_(context_.table.add(channel_, addressGroup(remote_address_))) {}

Connection::~Connection() {
    context_.table.remove(handle_);
}

// ---- without waiting

Connection::Next Connection::resume(std::span<char> scratch) {
    const Next next = rest();
    return next == Next::kWait ? advance(scratch) : next;
}

/// Waits for a request, unless one has come already.
Connection::Next Connection::rest() {
    if (!request_ && !buffer_.empty()) begin();
    if (request_) return Next::kWait;
    buffer_.shrink_to_fit();
    idle_since_ = Clock::now();
    return context_.table.markIdle(handle_) ? Next::kWait : Next::kEnd;
}

void Connection::markReadable(bool hung_up) {
    readable_ = true;
    hung_up_ = hung_up_ || hung_up;
}

Connection::Next Connection::advance(std::span<char> scratch) {
    if (awaitsReply()) return Next::kWait;
    for (;;) {
        const Next next = progress();
        if (next != Next::kWait || !readable_) return next;
        if (receive(scratch) == Channel::Status::kClosed) return Next::kEnd;
    }
}

Channel::Status Connection::receive(std::span<char> scratch) {
    std::size_t got = 0;
    const Channel::Status status = channel_.tryRead(scratch, got);
    // After less than there was room for, the arrival of more is told; of the end it may have been.
    readable_ = hung_up_ || got == scratch.size();
    if (got == 0) return status;
    if (!request_) begin();
    buffer_.append(scratch.data(), got);
    OPENSSL_cleanse(scratch.data(), got);  // it may hold a key or a token
    return status;
}

Connection::Next Connection::progress() {
    if (!request_) return Next::kWait;
    if (!request_->head) {
        if (takeHead()) return Next::kWorker;  // finds the same problem, and says so
        if (!request_->head) return waitFor(ConnectionStage::kHead);
    }
    if (!withoutWaiting()) return Next::kWorker;
    const auto length = static_cast<std::size_t>(request_->head->content_length);
    if (buffer_.size() < length)
        return request_->memory.growTo(length) ? waitFor(ConnectionStage::kBody) : Next::kWorker;
    context_.table.mark(handle_, ConnectionStage::kActive);
    takeBuffered();
    return Next::kAsk;
}

Connection::Next Connection::waitFor(ConnectionStage rest) {
    context_.table.mark(handle_, rest);
    return Next::kWait;
}

/// Whether the request can be read and answered without a thread of its own.
bool Connection::withoutWaiting() const {
    const RequestHead& head = *request_->head;
    const Router::Match& match = request_->match;
    return !head.chunked && !head.expects_continue &&
           bodyCodingOf(head.request.headers) == ContentCoding::kIdentity &&
           head.content_length <= std::min<std::uint64_t>(kMostBody, options().max_body_bytes) &&
           (match.answer || match.route->async_handler);
}

void Connection::ask(const Reply& reply) {
    request_->asked = true;
    if (request_->match.answer) return reply(*std::exchange(request_->match.answer, {}));
    askHandler(reply);
}

Connection::Next Connection::answer(const Reply::Maker& make, std::span<char> scratch) {
    request_->asked = false;
    HttpResponse response = made(make);
    if (streams(response) || bodyOf(response).size() > kJoinedBytes) {
        request_->response = std::move(response);
        return Next::kWorker;
    }
    std::string bytes = beginAnswer(response);
    std::string_view unsent = bytes.append(bodyOf(response));
    const Channel::Status status = channel_.tryWrite(unsent);
    if (status == Channel::Status::kClosed) return Next::kEnd;
    if (status == Channel::Status::kTimeout || !request_->keep_alive) {
        request_->unsent = std::string(unsent);
        return Next::kWorker;
    }
    request_.reset();
    return resume(scratch);
}

Deadline Connection::deadline() const {
    if (!request_) return idle_since_ + options().idle_timeout;
    if (awaitsReply()) return Deadline::max();
    if (!request_->head) return request_->since + options().head_timeout;
    return bodyDeadline(request_->since, buffer_.size());
}

// ---- what both share

void Connection::begin() {
    request_.emplace(context_.memory);
    context_.table.mark(handle_, ConnectionStage::kActive);
}

/// Takes the head from the buffer once it is whole and asks the router about it; or says why it
/// cannot be taken, and would again.
std::optional<RequestProblem> Connection::takeHead() {
    const HeadLimits limits{options().max_head_bytes, options().max_header_fields};
    const auto refused = [this](const RequestProblem& problem) {
        request_->searched = 0;
        return problem;
    };
    const auto found = findHeadEnd(buffer_, request_->searched, limits);
    if (const auto* problem = std::get_if<RequestProblem>(&found)) return refused(*problem);
    const auto* end = std::get_if<std::size_t>(&found);
    if (end == nullptr) return std::nullopt;
    auto parsed = parseRequestHead(std::string_view(buffer_).substr(0, *end), limits);
    if (const auto* problem = std::get_if<RequestProblem>(&parsed)) return refused(*problem);
    buffer_.erase(0, *end);
    HttpRequest& request = request_->head.emplace(std::get<RequestHead>(std::move(parsed))).request;
    request.id = context_.new_request_id();
    request.remote_address = remote_address_;
    request.client_certificate = !options().tls_client_ca_file.empty() && channel_.peerVerified();
    request.client_gone = [this] { return channel_.closedByPeer(); };
    request.foreign_host = context_.isForeign(request);
    request.memory = &request_->memory;
    request_->since = Clock::now();
    if (!guarded([&] { request_->match = route(request); }))
        request_->match = {nullptr, internalError(request)};
    request_->memory.belongTo(context_.client_memories.of(request.principal));
    context_.table.mark(handle_, ConnectionStage::kActive);
    const bool reserved = options().uses_reserve && options().uses_reserve(request);
    if (!context_.table.admitsRequest(handle_, reserved))
        request_->match = {nullptr, errorResponse(request, tooManyRequests())};
    if (const Router::Route* matched = request_->match.route;
        matched != nullptr && !matched->streams_body && hasBody(*request_->head) &&
        bodyCodingOf(request.headers) == ContentCoding::kUnknown)
        request_->match = {nullptr, unknownCoding(request)};
    return std::nullopt;
}

Router::Match Connection::route(HttpRequest& request) const {
    if (options().front)
        if (std::optional<HttpResponse> answer = options().front(request))
            return {nullptr, std::move(answer)};
    return context_.router.match(request);
}

/// Takes as much of the body as has been read.
void Connection::takeBuffered() {
    const auto length = static_cast<std::size_t>(request_->head->content_length);
    std::string& body = request_->head->request.body;
    if (buffer_.size() <= length) {
        body = std::exchange(buffer_, {});
    } else {
        body.assign(buffer_, 0, length);
        buffer_.erase(0, length);
    }
}

/// However the handler ends, the request is answered.
void Connection::askHandler(const Reply& reply) {
    HttpRequest& request = request_->head->request;
    if (!guarded([&] { request_->match.route->async_handler(request, reply); }))
        reply(internalError(request));
}

/// A large answer counts until the client has it, whoever made it and however slowly it is read.
HttpResponse Connection::made(const Reply::Maker& make) {
    const HttpRequest& request = request_->head->request;
    HttpResponse response;
    if (!guarded([&] { response = make(); })) return internalError(request);
    const std::size_t size = bodyOf(response).size();
    if (size > kJoinedBytes && !request_->memory.growTo(size))
        return errorResponse(request, memoryFull());
    return response;
}

/// Calls what belongs to others; false when it threw, which is reported.
bool Connection::guarded(const std::function<void()>& call) const {
    try {
        call();
        return true;
    } catch (...) {
        reportCurrent(options().on_problem, "request " + request_->head->request.id);
        return false;
    }
}

bool Connection::streams(const HttpResponse& response) const {
    return response.stream && request_->head->request.method != "HEAD";
}

std::string_view Connection::bodyOf(const HttpResponse& response) const {
    if (!response.body || request_->head->request.method == "HEAD") return {};
    return *response.body;
}

/// The head of an answer that is as long as it says.
std::string Connection::beginAnswer(const HttpResponse& response) {
    const RequestHead& head = *request_->head;
    request_->keep_alive = head.keep_alive && !context_.table.draining();
    tellStatus(response);
    // How long a body would be that is made piece by piece, an answer to HEAD does not know.
    const bool unknown = response.stream && !response.body;
    return writeResponseHead(response, unknown ? BodyFraming::kUntilClose : BodyFraming::kLength,
                             head.request, connectionWord(request_->keep_alive, head.http11));
}

void Connection::tellStatus(const HttpResponse& response) const {
    if (!options().on_answer) return;
    const HttpRequest& request = request_->head->request;
    contained(options().on_problem, "the figures of answers",
              [&] { options().on_answer(request, response.status); });
}

/// A body must come at the slowest pace at least.
Deadline Connection::bodyDeadline(Deadline start, std::size_t bytes) const {
    const std::size_t pace = std::max<std::size_t>(options().slowest_bytes_per_second, 1);
    return start + options().body_timeout + std::chrono::seconds(bytes / pace);
}

}  // namespace waybill::server
