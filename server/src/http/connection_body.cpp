// How a worker reads a request's body: whole, or for a handler that takes it while it comes.
#include <algorithm>
#include <utility>

#include "http/chunked_decoder.h"
#include "http/connection.h"
#include "http/content_coding.h"
#include "waybill/server/api_error.h"

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLeastReadBytes = 16 * 1024;
constexpr std::size_t kMostReadBytes = 256 * 1024;

// Of a body in a content coding, so that what it decodes to is counted while it grows.
constexpr std::size_t kDecodedPiece = 4 * 1024;

}  // namespace

class Connection::ClientBody final : public IncomingBody {
public:
    explicit ClientBody(Connection& connection)
        : connection_(connection),
          head_(*connection.request_->head),
          left_(head_.content_length),
          chunks_(connection.options().max_body_bytes) {}

    Read read(std::string& to, std::size_t most, std::optional<MonotonicTime> until) override {
        const std::size_t before = to.size();
        while (to.size() == before && !ended()) {
            if (connection_.buffer_.empty())
                if (const Read got = receive(most, until); got != Read::kSome) return got;
            if (!(head_.chunked ? takeChunks(to) : takePlain(to))) return Read::kFailed;
        }
        received_ += to.size() - before;
        return to.size() == before ? Read::kEnd : Read::kSome;
    }

    std::optional<std::uint64_t> length() const override {
        if (head_.chunked) return std::nullopt;
        return head_.content_length;
    }

    HttpResponse refusal() const override {
        const RequestProblem problem = problem_.value_or(RequestProblem{400, "The body was cut."});
        return errorResponse(head_.request, {problem.status, problem.message, "", ""});
    }

    bool ended() const { return head_.chunked ? chunks_over_ : left_ == 0; }

    /// Nothing: the client has gone.
    const std::optional<RequestProblem>& problem() const { return problem_; }

private:
    bool takePlain(std::string& to) {
        std::string& buffer = connection_.buffer_;
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
        if (to.empty() && taken == buffer.size()) {
            to.swap(buffer);
        } else {
            to.append(buffer, 0, taken);
            buffer.erase(0, taken);
        }
        left_ -= taken;
        return true;
    }

    bool takeChunks(std::string& to) {
        std::string& buffer = connection_.buffer_;
        std::size_t consumed = 0;
        const ChunkedDecoder::State state = chunks_.feed(buffer, to, consumed);
        buffer.erase(0, consumed);
        if (state == ChunkedDecoder::State::kMalformed)
            return fail({400, "The body's chunks are malformed."});
        if (state == ChunkedDecoder::State::kTooLarge) return fail(connection_.tooLarge());
        chunks_over_ = state == ChunkedDecoder::State::kDone;
        return true;
    }

    /// Into the connection's buffer. The time in which whoever reads was busy with something else
    /// is not the client's.
    Read receive(std::size_t most, std::optional<MonotonicTime> until) {
        if (!std::exchange(asked_, true) && !connection_.sendContinue()) return Read::kFailed;
        connection_.context_.table.mark(connection_.handle_, ConnectionStage::kBody);
        const Deadline began = Clock::now();
        const Deadline too_late = connection_.bodyDeadline(began - waited_, received_);
        const Deadline deadline = until ? std::min<Deadline>(*until, too_late) : too_late;
        if (!head_.chunked) most = static_cast<std::size_t>(std::min<std::uint64_t>(left_, most));
        const auto status = connection_.channel_.read(connection_.buffer_, most, deadline);
        waited_ += Clock::now() - began;
        if (status == Channel::Status::kOk) return Read::kSome;
        if (status == Channel::Status::kClosed) return Read::kFailed;
        if (Clock::now() < too_late) return Read::kNotYet;
        fail({408, "The request did not come in time."});
        return Read::kFailed;
    }

    bool fail(RequestProblem problem) {
        problem_ = std::move(problem);
        return false;
    }

    Connection& connection_;
    const RequestHead& head_;
    std::uint64_t left_;  // of a body with a length
    ChunkedDecoder chunks_;
    bool chunks_over_ = false;
    bool asked_ = false;
    std::size_t received_ = 0;
    Clock::duration waited_{};
    std::optional<RequestProblem> problem_;
};

bool Connection::sendContinue() {
    if (!request_->head->expects_continue) return true;
    return channel_.write("HTTP/1.1 100 Continue\r\n\r\n",
                          Clock::now() + options().write_timeout) == Channel::Status::kOk;
}

/// Reads the body whole, and decodes it.
bool Connection::readBody() {
    RequestHead& head = *request_->head;
    if (!head.chunked && head.content_length > options().max_body_bytes) return refuse(tooLarge());
    ClientBody from_client(*this);
    std::string& body = head.request.body;
    for (;;) {
        // Memory follows what has come, not what was announced.
        const std::size_t step = std::clamp(body.size(), kLeastReadBytes, kMostReadBytes);
        std::size_t room = body.size() + std::max(step, buffer_.size());
        if (!head.chunked) room = std::min<std::size_t>(room, head.content_length);
        if (!request_->memory.growTo(room)) return refuseWith(memoryFull());
        switch (from_client.read(body, step, std::nullopt)) {
            case IncomingBody::Read::kSome:
            case IncomingBody::Read::kNotYet:
                break;
            case IncomingBody::Read::kEnd:
                context_.table.mark(handle_, ConnectionStage::kActive);
                return decodeBody();
            case IncomingBody::Read::kFailed:
                context_.table.mark(handle_, ConnectionStage::kActive);
                return from_client.problem() ? refuse(*from_client.problem()) : false;
        }
    }
}

/// Puts what a body in a content coding says in its place.
bool Connection::decodeBody() {
    HttpRequest& request = request_->head->request;
    const ContentCoding coding = bodyCodingOf(request.headers);
    if (request.body.empty() || !request_->match.route || coding == ContentCoding::kIdentity)
        return true;
    ContentDecoder decoder(coding, options().max_body_bytes);
    std::string decoded;
    std::string_view coded = request.body;
    auto result = ContentDecoder::Result::kOk;
    while (!coded.empty() && result == ContentDecoder::Result::kOk) {
        result = decoder.feed(coded.substr(0, kDecodedPiece), decoded);
        coded.remove_prefix(std::min(kDecodedPiece, coded.size()));
        if (!request_->memory.growTo(request.body.size() + decoded.size()))
            return refuseWith(memoryFull());
    }
    if (result == ContentDecoder::Result::kTooLarge) return refuse(tooLarge());
    if (!decoder.whole())
        return refuse({400, "The body is not what its Content-Encoding says it is."});
    request.body = std::move(decoded);
    return true;
}

/// For a handler that reads the body itself. What it leaves unread ends the connection.
bool Connection::serveStreamed() {
    RequestHead& head = *request_->head;
    if (!head.chunked && head.content_length > options().max_body_bytes) return refuse(tooLarge());
    ClientBody body(*this);
    head.request.incoming_body = body.ended() ? nullptr : &body;
    const HttpResponse response = handle();
    head.request.incoming_body = nullptr;
    context_.table.mark(handle_, ConnectionStage::kActive);
    if (!body.ended()) head.keep_alive = false;
    return send(response);
}

RequestProblem Connection::tooLarge() const {
    return {413, "The body is too large: at most " + std::to_string(options().max_body_bytes) +
                     " bytes, also once its Content-Encoding is undone."};
}

}  // namespace waybill::server
