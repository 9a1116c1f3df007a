#include "gateway/upstream_backend.h"

#include <limits>
#include <mutex>

#include "gateway/passed_headers.h"
#include "waybill/answer_stream.h"

namespace waybill::server {
namespace {

std::string baseOf(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    if (url.ends_with("/v1")) url.resize(url.size() - 3);
    return url;
}

/// A bearer token, except where the API or the client is used to `x-api-key`.
HttpHeaders::Field credentialWith(const std::string& key, const BackendCall& call) {
    const bool by_client = call.headers.find("anthropic-version") != nullptr;
    if (call.api == ApiKind::kMessages && by_client) return {"x-api-key", key};
    return {"Authorization", "Bearer " + key};
}

/// The fields of a head that the transport has checked.
HttpHeaders fieldsOf(std::string_view head) {
    HttpHeaders headers;
    std::size_t at = head.find("\r\n");
    while (at != std::string_view::npos) {
        at += 2;
        const std::size_t end = std::min(head.find("\r\n", at), head.size());
        const std::string_view line = head.substr(at, end - at);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos) {
            std::string_view value = line.substr(colon + 1);
            value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
            while (value.ends_with(' ') || value.ends_with('\t'))
                value.remove_suffix(1);
            headers.add(std::string(line.substr(0, colon)), std::string(value));
        }
        at = head.find("\r\n", at);
    }
    return headers;
}

BackendHead headOf(const AnswerStream& stream) {
    const HttpHeaders fields = fieldsOf(stream.head());
    return {stream.status(), headersForClient(fields), std::string(fields.value("content-type"))};
}

BackendEnd endOf(const AttemptOutcome& outcome) {
    if (outcome.reason == FailureReason::kTimeout)
        return {false, true, "The upstream did not answer in time."};
    if (outcome.reason == FailureReason::kTls)
        return {false, false, "TLS with the upstream failed: " + outcome.detail + "."};
    if (outcome.reason && outcome.reason != FailureReason::kHttpStatus)
        return {false, false, "The upstream could not be asked: " + outcome.detail + "."};
    if (outcome.truncated) return {false, false, "The upstream's answer was cut short."};
    return {true, false, ""};
}

class UpstreamReply final : public BackendReply {
public:
    explicit UpstreamReply(std::shared_ptr<AnswerStream> stream) : stream_(std::move(stream)) {}
    ~UpstreamReply() override { stream_->stop(); }

    Read read(std::string& bytes, MonotonicTime until) override {
        switch (stream_->read(bytes, until)) {
            case AnswerStream::Read::kHead:
                head_ = headOf(*stream_);
                return Read::kHead;
            case AnswerStream::Read::kBody:
                return Read::kBody;
            case AnswerStream::Read::kEnd:
                end_ = endOf(stream_->outcome());
                return Read::kEnd;
            case AnswerStream::Read::kNotYet:
                break;
        }
        return Read::kNotYet;
    }

    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override { stream_->stop(); }

private:
    const std::shared_ptr<AnswerStream> stream_;
    BackendHead head_;
    BackendEnd end_;
};

}  // namespace

HttpTransportOptions upstreamTransportOptions() {
    HttpTransportOptions options;
    // Whoever starts the daemon says where the upstream is; nobody else can.
    options.address_policy.allow("0.0.0.0/0");
    options.address_policy.allow("::/0");
    options.max_body_bytes = std::numeric_limits<std::size_t>::max();
    return options;
}

UpstreamBackend::UpstreamBackend(UpstreamOptions options, std::unique_ptr<Transport> transport)
    : options_(std::move(options)), transport_(std::move(transport)) {}

AttemptRequest UpstreamBackend::requestFor(const BackendCall& call, std::string_view path) const {
    AttemptRequest request;
    request.url = baseOf(options_.url).append(path);
    if (!call.query.empty()) request.url += "?" + call.query;
    request.headers.assign(call.headers.begin(), call.headers.end());
    if (!options_.key)
        request.headers.insert(request.headers.end(), call.credential.begin(),
                               call.credential.end());
    else if (const std::optional<std::string> key = options_.key())
        request.headers.push_back(credentialWith(*key, call));
    request.timeout = options_.timeout;
    return request;
}

std::unique_ptr<BackendReply> UpstreamBackend::create(BackendCall call) {
    AttemptRequest request = requestFor(call, traitsOf(call.api).path);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = makeBytes(std::move(call.body));
    return ask(std::move(request));
}

std::unique_ptr<BackendReply> UpstreamBackend::models(const BackendCall& call) {
    AttemptRequest request = requestFor(call, "/v1/models");
    request.method = "GET";
    return ask(std::move(request));
}

std::unique_ptr<BackendReply> UpstreamBackend::ask(AttemptRequest request) {
    auto stream = std::make_shared<AnswerStream>();
    request.stream = stream;
    send(std::move(request));
    return std::make_unique<UpstreamReply>(std::move(stream));
}

void UpstreamBackend::send(AttemptRequest request) {
    AttemptRequest again = request;
    const std::shared_lock lock(mutex_);
    if (!transport_) {
        AttemptOutcome outcome;
        outcome.reason = FailureReason::kLocalFault;
        outcome.detail = "the server is shutting down";
        return again.stream->end(std::move(outcome));
    }
    transport_->send(std::move(request), [this, again](AttemptOutcome outcome) mutable {
        // The kept connection was gone before a byte came back.
        if (outcome.reason == FailureReason::kStaleConnection && !again.fresh_connection) {
            again.fresh_connection = true;
            return send(std::move(again));
        }
        again.stream->end(std::move(outcome));
    });
}

void UpstreamBackend::cancel() {
    std::unique_ptr<Transport> ended;
    {
        const std::unique_lock lock(mutex_);
        ended = std::move(transport_);
    }
    // Outside the lock: its end calls everybody back.
}

}  // namespace waybill::server
