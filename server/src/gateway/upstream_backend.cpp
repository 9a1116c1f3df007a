#include "gateway/upstream_backend.h"

#include <future>
#include <mutex>

#include "gateway/passed_headers.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;

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

BackendAnswer failed(std::string failure, bool timed_out = false) {
    BackendAnswer answer;
    answer.failure = std::move(failure);
    answer.timed_out = timed_out;
    return answer;
}

BackendAnswer answerFrom(AttemptOutcome outcome) {
    if (outcome.reason == FailureReason::kTimeout)
        return failed("The upstream did not answer in time.", true);
    if (outcome.reason && outcome.reason != FailureReason::kHttpStatus)
        return failed("The upstream could not be asked: " + outcome.detail + ".");
    if (!outcome.reason && outcome.truncated)
        return failed("The upstream's answer was cut short or is over 64 MiB.");
    const HttpHeaders fields = fieldsOf(outcome.response_head);
    BackendAnswer answer;
    answer.status = outcome.http_status.value_or(0);
    answer.headers = headersForClient(fields);
    answer.content_type = fields.value("content-type");
    answer.body = std::move(outcome.response_body);
    return answer;
}

}  // namespace

HttpTransportOptions upstreamTransportOptions() {
    HttpTransportOptions options;
    // Whoever starts the daemon says where the upstream is; nobody else can.
    options.address_policy.allow("0.0.0.0/0");
    options.address_policy.allow("::/0");
    options.kept_body_bytes = kMaxAnswer;
    options.max_body_bytes = kMaxAnswer;
    options.body_after_success = std::chrono::hours(1);  // the call's own timeout comes first
    return options;
}

UpstreamBackend::UpstreamBackend(UpstreamOptions options, std::unique_ptr<Transport> transport)
    : options_(std::move(options)), transport_(std::move(transport)) {}

AttemptRequest UpstreamBackend::requestFor(const BackendCall& call) const {
    AttemptRequest request;
    request.url = baseOf(options_.url) + std::string(traitsOf(call.api).path);
    if (!call.query.empty()) request.url += "?" + call.query;
    request.headers.assign(call.headers.begin(), call.headers.end());
    request.headers.emplace_back("Content-Type", "application/json");
    if (!options_.key)
        request.headers.insert(request.headers.end(), call.credential.begin(),
                               call.credential.end());
    else if (const std::optional<std::string> key = options_.key())
        request.headers.push_back(credentialWith(*key, call));
    request.body = makeBytes(call.body);
    request.timeout = options_.timeout;
    return request;
}

/// Nothing when it was cancelled before it began.
std::optional<AttemptOutcome> UpstreamBackend::send(AttemptRequest request) {
    // Shared: the giver may still be inside `set_value` when the taker is done.
    const auto promise = std::make_shared<std::promise<AttemptOutcome>>();
    std::future<AttemptOutcome> outcome = promise->get_future();
    {
        const std::shared_lock lock(mutex_);
        if (!transport_) return std::nullopt;
        transport_->send(std::move(request),
                         [promise](AttemptOutcome ended) { promise->set_value(std::move(ended)); });
    }
    return outcome.get();
}

BackendAnswer UpstreamBackend::call(const BackendCall& call) {
    AttemptRequest request = requestFor(call);
    std::optional<AttemptOutcome> outcome = send(request);
    if (outcome && outcome->reason == FailureReason::kStaleConnection) {
        // The kept connection was gone before a byte came back.
        request.fresh_connection = true;
        outcome = send(std::move(request));
    }
    if (!outcome) return failed("The server is shutting down.");
    return answerFrom(std::move(*outcome));
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
