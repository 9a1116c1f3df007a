#include "operator/url_check.h"

#include <algorithm>
#include <future>
#include <memory>

#include "waybill/any_address.h"
#include "waybill/in_words.h"
#include "waybill/version.h"

namespace waybill::server {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(10);

constexpr std::string_view kTestBody =
    R"({"object":"waybill.check","message":"An operator of Waybill tries this URL. This is no )"
    R"(callback; nothing needs to be done."})";

AttemptRequest requestFor(const std::string& url) {
    AttemptRequest request;
    request.url = url;
    request.headers = {{"Content-Type", "application/json"},
                       {"User-Agent", "Waybill/" + std::string(version())},
                       {"waybill-hops", "1"},
                       {"waybill-check", "1"}};
    request.body = checkBody();
    return request;
}

/// `10.0.0.5:80`, `[fd00::5]:80`, or without the port: the address.
std::optional<IpAddress> addressIn(std::string_view text) {
    if (const auto bare = parseNetwork(text)) return bare->base;
    text = text.substr(0, text.rfind(':'));
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    const auto address = parseNetwork(text);
    return address ? std::optional(address->base) : std::nullopt;
}

/// Why an address is one of the inside; nothing where it is public.
std::optional<std::string> insideInWords(std::string_view remote_address) {
    const auto address = addressIn(remote_address);
    return address ? AddressPolicy().refusal(*address) : "unreadable";
}

bool carriesToken(const AttemptRequest& request) {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [](const auto& header) { return header.first == "Authorization"; });
}

/// How far an attempt came before it failed: the name of the step at fault.
std::string_view faultOf(const AttemptOutcome& outcome, bool https) {
    if (!outcome.reason) return "";
    switch (*outcome.reason) {
        case FailureReason::kDns:
            return "dns";
        case FailureReason::kRefusedAddress:
            return "address";
        case FailureReason::kConnect:
            return outcome.timings.connect ? "request" : "connect";
        case FailureReason::kTls:
            return "tls";
        case FailureReason::kHttpStatus:
        case FailureReason::kProtocol:
        case FailureReason::kStaleConnection:
            return "request";
        case FailureReason::kLocalFault:
        case FailureReason::kTimeout:
        case FailureReason::kDamaged:
            break;
    }
    if (outcome.remote_address.empty()) return "dns";
    if (!outcome.timings.connect) return "connect";
    return https && !outcome.timings.tls ? "tls" : "request";
}

std::string took(const std::optional<Duration>& duration) {
    return duration ? " in " + durationInWords(*duration) : "";
}

/// Puts the steps together, one after the other, up to the one at fault.
class Steps {
public:
    Steps(CheckView& view, std::string_view fault, std::string detail)
        : view_(view), fault_(fault), detail_(std::move(detail)) {}

    void step(std::string name, std::string explanation) {
        if (over_) return;
        over_ = name == fault_;
        if (over_) explanation = sentence(detail_);
        view_.steps.push_back({std::move(name), !over_, std::move(explanation)});
    }

private:
    static std::string sentence(std::string text) {
        if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
            text[0] = static_cast<char>(text[0] - 32);
        return text.ends_with('.') ? text : text + ".";
    }

    CheckView& view_;
    std::string_view fault_;
    std::string detail_;
    bool over_ = false;
};

std::string summaryOf(const CallbackUrl& url, const AttemptOutcome& outcome, bool sent,
                      bool with_token, std::string_view fault) {
    const std::string endpoint = url.endpoint();
    if (fault.empty() && sent)
        return "A callback to this URL would be delivered: the test was answered with " +
               httpStatusInWords(outcome.http_status.value_or(0)) + ".";
    if (fault.empty())
        return "A callback would reach " + endpoint +
               "; how it would be answered only a test POST shows.";
    if (!with_token && (outcome.http_status == 401 || outcome.http_status == 403))
        return endpoint + " can be reached. It refused the test, which carries no token, with " +
               httpStatusInWords(*outcome.http_status) +
               "; a callback with the right one may be accepted.";
    if (outcome.http_status)
        return endpoint +
               " can be reached, but a callback would fail: the test was answered with " +
               httpStatusInWords(*outcome.http_status) + ".";
    if (fault == "address")
        return "A callback to this URL would be refused here: its address may not be reached.";
    if (outcome.reason == FailureReason::kLocalFault)
        return "It could not be tried: this machine ran out of something (" + outcome.detail + ").";
    return "A callback to this URL would fail: " + outcome.detail + ".";
}

}  // namespace

CheckView checkViewOf(const CallbackUrl& url, const AttemptOutcome& outcome, bool sent,
                      bool with_token) {
    const std::string_view fault = faultOf(outcome, url.https);
    CheckView view;
    view.endpoint = url.endpoint();
    view.ok = fault.empty();
    view.summary = summaryOf(url, outcome, sent, with_token, fault);

    Steps steps(view, fault, outcome.detail);
    steps.step("url", "The URL is well formed; its endpoint is " + view.endpoint + ".");
    if (!url.literal)
        steps.step("dns",
                   "The name " + url.host + " was looked up" + took(outcome.timings.dns) + ".");
    steps.step("address",
               "Its address may be reached" +
                   (outcome.remote_address.empty() ? "" : ": " + outcome.remote_address) + ".");
    steps.step("connect",
               "Connected to " + outcome.remote_address + took(outcome.timings.connect) + ".");
    if (url.https)
        steps.step("tls", outcome.tls + " was set up" + took(outcome.timings.tls) +
                              ", and the certificate holds for " + url.host + ".");
    if (sent)
        steps.step("request", "The test POST was answered with " +
                                  httpStatusInWords(outcome.http_status.value_or(0)) +
                                  took(outcome.timings.first_byte) + ".");
    return view;
}

Bytes checkBody() {
    return makeBytes(std::string(kTestBody));
}

AttemptOutcome toldTo(Role reader, const CallbackUrl& url, AttemptOutcome outcome) {
    // Whoever asks has named a literal address.
    if (url.literal || outcome.remote_address.empty()) return outcome;
    const bool refused = outcome.reason == FailureReason::kRefusedAddress;
    const auto inside = insideInWords(outcome.remote_address);
    if (reader == Role::kAdmin && refused) {
        outcome.detail += ". It is " + outcome.remote_address;
        if (inside) outcome.detail += ": " + *inside;
    } else if (reader != Role::kAdmin && refused) {
        outcome.detail = "the name leads to an address that must not be reached";
        outcome.remote_address.clear();
    } else if (reader != Role::kAdmin && inside) {
        outcome.remote_address = "an address of the inside";
    }
    return outcome;
}

CheckView checkUrl(Transport& transport, const std::string& url, bool send, Role reader) {
    return checkUrl(transport, requestFor(url), send, reader);
}

CheckView checkUrl(Transport& transport, AttemptRequest request, bool send, Role reader) {
    const UrlCheck parsed = parseCallbackUrl(request.url, anyAddress());
    if (!parsed.url) {
        CheckView view;
        view.summary = "This URL cannot be used: " + parsed.unusable->reason;
        view.steps.push_back({"url", false, parsed.unusable->reason});
        return view;
    }
    request.timeout = kTimeout;
    request.fresh_connection = true;
    request.only_connect = !send;
    const bool with_token = carriesToken(request);
    // Shared: `get` may return before `set_value` does.
    const auto promise = std::make_shared<std::promise<AttemptOutcome>>();
    std::future<AttemptOutcome> outcome = promise->get_future();
    transport.send(std::move(request),
                   [promise](AttemptOutcome result) { promise->set_value(std::move(result)); });
    return checkViewOf(*parsed.url, toldTo(reader, *parsed.url, outcome.get()), send, with_token);
}

}  // namespace waybill::server
