#include "llm/pass_through.h"

#include <algorithm>

#include "http/content_coding.h"
#include "llm/backend_answer.h"
#include "llm/passed_headers.h"
#include "llm/passed_routes.h"
#include "waybill/excerpt.h"
#include "waybill/json_check.h"
#include "waybill/server/api_error.h"
#include "waybill/server/request_memory.h"

namespace waybill::server {
namespace {

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

/// Said once: of two types a backend might believe the other.
bool isForm(const HttpHeaders& headers) {
    const auto saysType = [](const auto& field) {
        return equalsIgnoringCase(field.first, "content-type");
    };
    return std::count_if(headers.begin(), headers.end(), saysType) == 1 &&
           headers.value("content-type").starts_with("multipart/");
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

/// Reads a body of any size whole; what the client gets where that fails.
std::optional<HttpResponse> readWholeBody(HttpRequest& http) {
    if (http.incoming_body == nullptr) return std::nullopt;
    const std::size_t before = http.memory == nullptr ? 0 : http.memory->bytes();
    for (;;) {
        if (!holds(http.memory, before + http.body.capacity()))
            return errorResponse(http, memoryFull());
        switch (http.incoming_body->read(http.body, kPieceBytes)) {
            case IncomingBody::Read::kFailed:
                return http.incoming_body->refusal();
            case IncomingBody::Read::kEnd:
                http.incoming_body = nullptr;
                return std::nullopt;
            case IncomingBody::Read::kSome:
            case IncomingBody::Read::kNotYet:
                break;
        }
    }
}

/// Decodes a body that was read whole to `most` bytes.
std::optional<HttpResponse> decodeBody(HttpRequest& http, std::size_t most) {
    const ContentCoding coding = bodyCodingOf(http.headers);
    if (coding == ContentCoding::kIdentity) return std::nullopt;
    std::string decoded;
    const auto result = coding == ContentCoding::kUnknown
                            ? ContentDecoder::Result::kMalformed
                            : decodeContent(coding, http.body, most, decoded);
    if (result == ContentDecoder::Result::kTooLarge)
        return errorResponse(http, {413, "The body is too large once it is decoded.", "", ""});
    if (result != ContentDecoder::Result::kOk)
        return errorResponse(http, {400,
                                    "The body cannot be decoded as its Content-Encoding says; "
                                    "send it in gzip, in zstd or as it is.",
                                    "Content-Encoding", "unsupported_content_encoding"});
    if (!holds(http.memory, (http.memory == nullptr ? 0 : http.memory->bytes()) + decoded.size()))
        return errorResponse(http, memoryFull());
    http.body = std::move(decoded);
    return std::nullopt;
}

/// Why a body that was read may not go, where each client may name only what is its own.
std::optional<HttpResponse> refuseBody(const HttpRequest& http, const IdGuard& ids) {
    if (http.body.empty()) return std::nullopt;
    if (const auto problem = checkJson(http.body, {.lone_surrogates = true}))
        return errorResponse(
            http, {400,
                   "The body is not JSON that can be used: " + problem->message + " (at byte " +
                       std::to_string(problem->offset) +
                       "). All clients share one account at the upstream, so what a body names is "
                       "looked at before it is passed on.",
                   "", ""});
    if (const auto refusal = ids.refusalOf(http.body, http.principal, http.memory))
        return errorResponse(http, *refusal);
    return std::nullopt;
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

/// Whether what the body names is looked at: on every route that the operator has not opened to all
/// clients alike, but for forms with sounds and pictures, which name nothing.
bool PassThrough::readsBody(const HttpRequest& http) const {
    const bool of_files =
        http.path.starts_with("/v1/audio/") || http.path.starts_with("/v1/images/");
    const bool form = of_files && isForm(http.headers);
    return ids_.refusesUnknown() && mayHaveBody(http.method) && !isBelow(http.path, routes_) &&
           !form;
}

HttpResponse PassThrough::pass(HttpRequest& http) const {
    if (const auto problem = ambiguityIn(http.path)) return errorResponse(http, *problem);
    if (!mayPass(http.method, http.path))
        return errorResponse(
            http, {404,
                   http.method + " " + excerpt(http.path) +
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
    if (ids_.clientsShareAccount())
        call.headers = withOwnIdempotencyKey(call.headers, http.principal);
    if (!mayHaveBody(http.method)) http.incoming_body = nullptr;
    bool decoded = http.incoming_body == nullptr;
    if (readsBody(http)) {
        if (auto failed = readWholeBody(http)) return *std::move(failed);
        if (!decoded)
            if (auto failed = decodeBody(http, most_decoded_)) return *std::move(failed);
        decoded = true;
        if (auto refusal = refuseBody(http, ids_)) return *std::move(refusal);
    }
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
