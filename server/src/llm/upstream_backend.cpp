#include "llm/upstream_backend.h"

#include <limits>
#include <mutex>

#include "http/content_coding.h"
#include "llm/masked_reply.h"
#include "llm/passed_headers.h"
#include "waybill/answer_stream.h"
#include "waybill/any_address.h"
#include "waybill/body_stream.h"

namespace waybill::server {
namespace {

std::string withoutSlashes(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

/// Where `/chat/completions` is appended.
std::string baseOf(const std::string& given) {
    std::string url = withoutSlashes(given);
    const std::size_t host = url.find("//") + 2;
    return url.find('/', host) == std::string::npos ? url + "/v1" : url;
}

/// The same for the base of Anthropic's SDKs, which append `/v1/messages`.
std::string anthropicBaseOf(const std::string& given) {
    std::string url = withoutSlashes(given);
    return url.ends_with("/v1") ? url : url + "/v1";
}

bool speaksAnthropic(const HttpHeaders& headers) {
    return headers.find("anthropic-version") != nullptr;
}

bool isOfMessages(std::string_view path) {
    constexpr std::string_view kMessages = "/messages";
    return path.starts_with(kMessages) &&
           (path.size() == kMessages.size() || path[kMessages.size()] == '/');
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

/// Its credentials, without the scheme, and what else is not to be seen in the answer.
SecretMask maskOf(const AttemptRequest& request, std::vector<std::string> secrets) {
    std::erase_if(secrets, [](const std::string& secret) { return !isWorthMasking(secret); });
    for (const auto& [header, value] : request.headers)
        if (const std::string_view secret = maskedPartOf(header, value); !secret.empty())
            secrets.emplace_back(secret);
    return SecretMask(secrets);
}

BackendEnd failed(std::string sentence) {
    return {false, false, std::move(sentence)};
}

BackendEnd endOf(const AttemptOutcome& outcome) {
    if (outcome.reason == FailureReason::kTimeout)
        return {false, true, "The upstream did not answer in time."};
    const bool answered = !outcome.reason || outcome.reason == FailureReason::kHttpStatus;
    if (!answered && outcome.request_begun)
        return failed("The upstream gave no usable answer: " + outcome.detail +
                      ". The call was not sent again, because the upstream may have taken it.");
    if (outcome.reason == FailureReason::kTls)
        return failed("TLS with the upstream failed: " + outcome.detail + ".");
    if (!answered) return failed("The upstream could not be asked: " + outcome.detail + ".");
    if (outcome.truncated) return failed("The upstream's answer was cut short.");
    return {true, false, ""};
}

bool isRedirection(int status) {
    return status >= 300 && status < 400 && status != 304;
}

/// Scheme, host and port of a URL, where it has them as it should. The rest may hold what nobody
/// else should know.
std::string_view originOf(std::string_view url) {
    constexpr std::size_t kLongest = 300;
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    const std::size_t host = scheme + 3;
    const std::string_view origin = url.substr(0, url.find_first_of("/?#\\", host));
    const bool usable = origin.size() <= kLongest && origin.find('@') == std::string_view::npos;
    return usable ? origin : std::string_view();
}

BackendEnd redirected(int status, const HttpHeaders& fields) {
    const std::string_view origin = originOf(fields.value("location"));
    std::string sentence =
        "The upstream answered with a redirection (HTTP status " + std::to_string(status) + ")";
    if (!origin.empty()) sentence.append(" to ").append(origin);
    return failed(sentence + ", which is not followed: give the right address as --upstream.");
}

HttpHeaders without(std::string_view name, const HttpHeaders& headers) {
    HttpHeaders left;
    for (const auto& [key, value] : headers)
        if (!equalsIgnoringCase(key, name)) left.add(key, value);
    return left;
}

/// What an answer is for.
struct AnswerUse {
    bool reads = false;  ///< a success is there to be read, and not only to be passed on
    bool masks = false;  ///< it may quote what its reader must not see, and is decoded for that
};

/// Compressed bytes taken in one step: a few of them can decode to very many.
constexpr std::size_t kDecodedAtOnce = 512;

class UpstreamReply final : public BackendReply {
public:
    UpstreamReply(std::shared_ptr<AnswerStream> stream, AnswerUse use)
        : stream_(std::move(stream)), use_(use) {}
    ~UpstreamReply() override { stream_->stop(); }

    Read read(std::string& bytes, MonotonicTime until) override {
        const std::size_t before = bytes.size();
        for (;;) {
            if (over_) return Read::kEnd;
            if (decoder_ && taken_ < coded_.size()) {
                decodeSome(bytes);
                if (bytes.size() > before) return Read::kBody;
                continue;
            }
            coded_.clear();
            taken_ = 0;
            switch (stream_->read(decoder_ ? coded_ : bytes, until)) {
                case AnswerStream::Read::kHead:
                    return begin();
                case AnswerStream::Read::kBody:
                    if (!decoder_) return Read::kBody;
                    break;
                case AnswerStream::Read::kEnd:
                    return finish(endOf(stream_->outcome()));
                case AnswerStream::Read::kNotYet:
                    return Read::kNotYet;
            }
        }
    }

    const BackendHead& head() const override { return head_; }
    const BackendEnd& end() const override { return end_; }
    void cancel() override { stream_->stop(); }

private:
    Read begin() {
        const HttpHeaders fields = fieldsOf(stream_->head());
        if (use_.reads && isRedirection(stream_->status())) {
            stream_->stop();
            return finish(redirected(stream_->status(), fields));
        }
        head_ = {stream_->status(),
                 use_.reads ? headersForClient(fields) : allHeadersForClient(fields),
                 std::string(fields.value("content-type"))};
        const ContentCoding coding = head_.coding();
        const bool decodes = use_.masks || (use_.reads && head_.succeeded());
        if (!decodes || coding == ContentCoding::kUnknown) return Read::kHead;
        if (coding != ContentCoding::kIdentity)
            decoder_.emplace(coding, std::numeric_limits<std::size_t>::max());
        head_.headers = without("content-encoding", head_.headers);
        if (decoder_) head_.headers = without("content-length", head_.headers);
        return Read::kHead;
    }

    void decodeSome(std::string& bytes) {
        const std::string_view some = std::string_view(coded_).substr(taken_, kDecodedAtOnce);
        taken_ += some.size();
        anything_ = true;
        if (decoder_->feed(some, bytes) == ContentDecoder::Result::kOk) return;
        stream_->stop();
        finish(failed("The upstream's answer cannot be decoded as its Content-Encoding says."));
    }

    Read finish(BackendEnd end) {
        over_ = true;
        end_ = std::move(end);
        if (end_.whole && anything_ && !decoder_->whole())
            end_ = failed("The upstream's answer was cut short: its coded body has no end.");
        return Read::kEnd;
    }

    const std::shared_ptr<AnswerStream> stream_;
    const AnswerUse use_;
    BackendHead head_;
    BackendEnd end_;
    bool over_ = false;
    std::optional<ContentDecoder> decoder_;
    std::string coded_;      ///< as it came
    std::size_t taken_ = 0;  ///< of it by the decoder
    bool anything_ = false;  ///< has come to be decoded
};

}  // namespace

HttpTransportOptions upstreamTransportOptions() {
    HttpTransportOptions options;
    // Whoever starts the daemon says where the upstream is; nobody else can.
    options.address_policy = anyAddress();
    options.max_body_bytes = std::numeric_limits<std::size_t>::max();
    // Many servers end a connection after 5 s without a request (uvicorn, Node.js). A call that
    // meets that end half-way cannot be sent again.
    options.idle_timeout = std::chrono::seconds(4);
    return options;
}

UpstreamBackend::UpstreamBackend(UpstreamOptions options, std::unique_ptr<Transport> transport)
    : options_(std::move(options)), transport_(std::move(transport)) {}

/// What a call asks for.
struct UpstreamBackend::Target {
    std::string_view path;  ///< below `/v1`
    const std::string& query;
    bool anthropic;  ///< of Anthropic's API
};

/// The operator's key goes where it was given for: as a bearer token, except where the API and the
/// client are used to `x-api-key`.
AttemptRequest UpstreamBackend::requestFor(const Target& target, const HttpHeaders& headers,
                                           const HttpHeaders& credential) const {
    const bool apart = target.anthropic && !options_.anthropic_url.empty();
    AttemptRequest request;
    request.url = apart ? anthropicBaseOf(options_.anthropic_url) : baseOf(options_.url);
    request.url.append(target.path);
    if (!target.query.empty()) request.url += "?" + target.query;
    const HttpHeaders passed = wantsClientKey() ? headers : headersBesideOperatorsKey(headers);
    request.headers.assign(passed.begin(), passed.end());
    if (wantsClientKey()) {
        request.headers.insert(request.headers.end(), credential.begin(), credential.end());
    } else if (const auto key = apart ? options_.anthropic_key() : options_.key()) {
        if (target.anthropic && speaksAnthropic(headers))
            request.headers.emplace_back("x-api-key", *key);
        else
            request.headers.emplace_back("Authorization", "Bearer " + *key);
    }
    request.timeout = options_.timeout;
    return request;
}

std::unique_ptr<BackendReply> UpstreamBackend::create(BackendCall call) {
    const std::string_view path = traitsOf(call.api).path.substr(kVersionPrefix.size());
    AttemptRequest request = requestFor({path, call.query, call.api == ApiKind::kMessages},
                                        call.headers, call.credential);
    request.headers.emplace_back("Content-Type", "application/json");
    // None at all would say that any coding will do (RFC 9110 section 12.5.3).
    request.headers.emplace_back("Accept-Encoding", "identity");
    request.body = makeBytes(std::move(call.body));
    return ask(std::move(request), true, std::move(call.secrets));
}

std::unique_ptr<BackendReply> UpstreamBackend::pass(PassedCall call) {
    const bool anthropic = isOfMessages(call.path) || speaksAnthropic(call.headers);
    // The operator's key is not to be quoted to a client, in whatever coding.
    if (!wantsClientKey()) call.headers = without("accept-encoding", call.headers);
    if (call.headers.find("accept-encoding") == nullptr)
        call.headers.add("Accept-Encoding", "identity");
    AttemptRequest request =
        requestFor({call.path, call.query, anthropic}, call.headers, call.credential);
    request.method = std::move(call.method);
    request.body = std::move(call.body);
    request.body_stream = std::move(call.body_stream);
    // What has been taken from a stream cannot be sent a second time.
    request.fresh_connection = request.body_stream != nullptr;
    return ask(std::move(request), false, {});
}

/// `reads`: the answer of a success is read, and not only passed on. `secrets`: not to be seen in
/// it, beside the keys of the request.
std::unique_ptr<BackendReply> UpstreamBackend::ask(AttemptRequest request, bool reads,
                                                   std::vector<std::string> secrets) {
    auto stream = std::make_shared<AnswerStream>();
    request.stream = stream;
    SecretMask mask = maskOf(request, std::move(secrets));
    send(std::move(request));
    const AnswerUse use{reads, !wantsClientKey() && !mask.empty()};
    std::unique_ptr<BackendReply> reply = std::make_unique<UpstreamReply>(std::move(stream), use);
    if (mask.empty()) return reply;
    return std::make_unique<MaskedReply>(std::move(reply), std::move(mask));
}

void UpstreamBackend::send(AttemptRequest request) {
    AttemptRequest again = request;
    const std::shared_lock lock(mutex_);
    if (!transport_) {
        AttemptOutcome outcome;
        outcome.reason = FailureReason::kLocalFault;
        outcome.detail = "the server is shutting down";
        if (again.body_stream) again.body_stream->close();
        return again.stream->end(std::move(outcome));
    }
    transport_->send(std::move(request), [this, again](AttemptOutcome outcome) mutable {
        // Once some of a call was written, nobody knows whether it was taken: it is not sent twice
        // (RFC 9110 section 9.2.2).
        const bool repeatable =
            !outcome.request_begun || again.method == "GET" || again.method == "HEAD";
        if (outcome.reason == FailureReason::kStaleConnection && repeatable &&
            !again.fresh_connection) {
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
