#include "gateway/pass_through.h"

#include "gateway/backend_answer.h"
#include "gateway/passed_headers.h"
#include "gateway/passed_routes.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

constexpr std::string_view kVersionPrefix = "/v1";
constexpr std::size_t kPieceBytes = 64 * 1024;

// A body up to this size is read before the backend is asked, over a connection that may be an old
// one; a larger one is sent as it comes, and always over a new one.
constexpr std::uint64_t kMostHeldBody = 64 * 1024;

/// A body has no meaning in the others (RFC 9110 sections 9.3.1 and 9.3.2), and is not passed on.
bool mayHaveBody(std::string_view method) {
    return method != "GET" && method != "HEAD";
}

bool hasBody(int status) {
    return status != 204 && status != 304;
}

/// A body on its way to the backend while it comes from the client.
class Upload {
public:
    Upload(IncomingBody& from, BodyStream& to, BackendReply& reply)
        : from_(from), to_(to), reply_(reply) {}

    /// Sends it up to its end, or to an answer that has no use for the rest. Where the client's
    /// body fails: what the client gets instead of an answer.
    std::optional<HttpResponse> run() {
        std::string piece;
        for (;;) {
            piece.clear();
            switch (from_.read(piece, kPieceBytes, nextGlance())) {
                case IncomingBody::Read::kFailed:
                    reply_.cancel();
                    return from_.refusal();
                case IncomingBody::Read::kEnd:
                    to_.finish();
                    return std::nullopt;
                case IncomingBody::Read::kSome:
                case IncomingBody::Read::kNotYet:
                    break;
            }
            if (!send(piece)) return std::nullopt;
        }
    }

    /// The answer's head, where it came meanwhile.
    std::optional<BackendHead>& head() { return head_; }

private:
    /// False: the backend takes no more, and its answer says why.
    bool send(const std::string& piece) {
        for (;;) {
            if (hasEnough()) return false;
            if (piece.empty()) return true;
            switch (to_.write(piece, nextGlance())) {
                case BodyStream::Write::kTaken:
                    return true;
                case BodyStream::Write::kClosed:
                    return false;
                case BodyStream::Write::kFull:
                    break;
            }
        }
    }

    /// Whether the rest is of no use: the backend has refused it, or has gone.
    bool hasEnough() {
        std::string none;
        if (!head_) {
            const BackendReply::Read read = reply_.read(none, fromNow(Duration::zero()));
            if (read == BackendReply::Read::kEnd) return true;
            if (read == BackendReply::Read::kHead) head_ = reply_.head();
        }
        return head_ && !head_->succeeded();
    }

    IncomingBody& from_;
    BodyStream& to_;
    BackendReply& reply_;
    std::optional<BackendHead> head_;
};

/// Passes the body of an answer on while it comes.
bool relayBody(BackendReply& reply, BodyWriter& client) {
    std::string bytes;
    for (;;) {
        bytes.clear();
        switch (reply.read(bytes, nextGlance())) {
            case BackendReply::Read::kEnd:
                return reply.end().whole;
            case BackendReply::Read::kBody:
                if (!client.write(bytes)) return false;
                break;
            case BackendReply::Read::kHead:
                break;
            case BackendReply::Read::kNotYet:
                if (client.clientGone()) return false;
                break;
        }
    }
}

/// Reads a small body whole; what the client gets where that fails.
std::optional<HttpResponse> readSmallBody(HttpRequest& http) {
    IncomingBody& from = *http.incoming_body;
    if (!from.length() || *from.length() > kMostHeldBody) return std::nullopt;
    for (;;) {
        switch (from.read(http.body, kPieceBytes)) {
            case IncomingBody::Read::kFailed:
                return from.refusal();
            case IncomingBody::Read::kEnd:
                http.incoming_body = nullptr;
                return std::nullopt;
            case IncomingBody::Read::kSome:
            case IncomingBody::Read::kNotYet:
                break;
        }
    }
}

HttpResponse relayed(const HttpRequest& http, BackendHead head,
                     std::shared_ptr<BackendReply> reply) {
    HttpResponse response;
    response.status = head.status;
    for (const auto& [name, value] : head.headers)
        if (http.method == "HEAD" || !equalsIgnoringCase(name, "content-length"))
            response.headers.add(name, value);
    response.content_type = std::move(head.content_type);
    if (hasBody(head.status))
        response.stream = [reply = std::move(reply)](BodyWriter& client) {
            return relayBody(*reply, client);
        };
    return response;
}

}  // namespace

bool PassThrough::mayPass(std::string_view method, std::string_view path) const {
    return backend_.wantsClientKey() || keepsNothing(method, path) || isBelow(path, routes_);
}

HttpResponse PassThrough::pass(HttpRequest& http) const {
    if (const auto problem = ambiguityIn(http.path)) return errorResponse(http, *problem);
    if (!mayPass(http.method, http.path))
        return errorResponse(
            http, {404,
                   http.method + " " + http.path +
                       " is not passed on: it may keep or show things of the account behind the "
                       "operator's key, which all clients share. The operator can allow it with "
                       "--pass-routes.",
                   "", "not_passed_on"});
    return passAs(http, http.path);
}

HttpResponse PassThrough::passAs(HttpRequest& http, const std::string& path) const {
    if (const auto problem = ambiguityIn(path)) return errorResponse(http, *problem);
    if (http.query.find('#') != std::string::npos)
        return errorResponse(http, {400, "The URL's query has a #; write it as %23.", "", ""});
    PassedCall call;
    call.method = http.method;
    call.path = path.substr(kVersionPrefix.size());
    call.query = http.query;
    call.headers = headersForBackend(http.headers);
    const bool decoded = http.incoming_body == nullptr;
    if (!mayHaveBody(http.method)) http.incoming_body = nullptr;
    if (http.incoming_body != nullptr)
        if (auto failed = readSmallBody(http)) return *std::move(failed);
    for (const auto& [name, value] : bodyFormOf(http.headers))
        if (!decoded || !equalsIgnoringCase(name, "content-encoding"))
            call.headers.add(name, value);
    if (backend_.wantsClientKey()) call.credential = credentialOf(http.headers);
    if (!http.body.empty() && mayHaveBody(http.method))
        call.body = makeBytes(std::exchange(http.body, {}));
    if (http.incoming_body != nullptr)
        call.body_stream = std::make_shared<BodyStream>(http.incoming_body->length());

    const std::shared_ptr<BodyStream> body = call.body_stream;
    const std::shared_ptr<BackendReply> reply = backend_.pass(std::move(call));
    BackendAnswer answer;
    if (body) {
        Upload upload(*http.incoming_body, *body, *reply);
        if (auto failed = upload.run()) return *std::move(failed);
        if (upload.head()) return relayed(http, *std::move(upload.head()), reply);
    }
    if (!awaitHead(*reply, http.client_gone, answer))
        return errorResponse(http, {answer.timed_out ? 504 : 502, answer.failure, "", "upstream"});
    return relayed(http, std::move(answer.head), reply);
}

}  // namespace waybill::server
