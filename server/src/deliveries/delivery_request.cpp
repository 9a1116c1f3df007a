#include "deliveries/delivery_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "deliveries/base64.h"
#include "waybill/excerpt.h"
#include "waybill/json_check.h"
#include "waybill/json_text.h"
#include "waybill/nearest_name.h"

namespace waybill::server {
namespace {

constexpr std::size_t kMaxIdempotencyKey = 255;

using Problem = std::optional<Refusal>;

Refusal invalid(std::string_view param, std::string message) {
    return {RefusalCode::kInvalid, std::move(message), std::string(param)};
}

Problem readText(const std::string& name, std::string_view value, std::string& into) {
    if (!isJsonString(value)) return invalid(name, name + " must be a string.");
    into = jsonStringValue(value);
    return std::nullopt;
}

Problem readMaxRetries(std::string_view value, const RetryLimits& limits, RetryPolicy& policy) {
    const char* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, policy.max_retries);
    if (stopped == end && error == std::errc() && policy.max_retries <= limits.max_retries)
        return std::nullopt;
    return invalid("max_retries", "max_retries must be a whole number from 0 to " +
                                      std::to_string(limits.max_retries) +
                                      ", the most that a client may ask for here "
                                      "(--client-max-retries).");
}

/// `"5s,5m"` or `["5s","5m"]`, as a list of texts; nothing for anything else.
std::optional<std::vector<std::string>> listedTexts(std::string_view value) {
    std::vector<std::string> texts;
    if (isJsonString(value)) {
        const std::string list = jsonStringValue(value);
        for (std::size_t begin = 0; begin <= list.size();) {
            const std::size_t end = std::min(list.find(',', begin), list.size());
            texts.push_back(list.substr(begin, end - begin));
            begin = end + 1;
        }
        return texts;
    }
    for (const std::string_view element : jsonElements(value)) {
        if (!isJsonString(element)) return std::nullopt;
        texts.push_back(jsonStringValue(element));
    }
    return texts;
}

Problem readRetryDelays(std::string_view value, const RetryLimits& limits, RetryPolicy& policy) {
    const auto texts = listedTexts(value);
    policy.delays.clear();
    if (texts && texts->size() <= RetryPolicy::kMaxDelays)
        for (const std::string& text : *texts)
            if (const std::optional<Duration> delay = parseDuration(text))
                policy.delays.push_back(std::max(*delay, limits.least_delay));
    if (texts && !texts->empty() && policy.delays.size() == texts->size()) return std::nullopt;
    return invalid("retry_delays",
                   R"(retry_delays must be a list of durations such as ["5s","5m","30m"].)");
}

Problem readBase64(std::string_view value, Bytes& payload) {
    std::optional<std::string> bytes;
    if (isJsonString(value)) bytes = decodeBase64(jsonStringValue(value));
    if (!bytes)
        return invalid("payload_base64", "payload_base64 must be a string in base 64, padded.");
    payload = makeBytes(std::move(*bytes));
    return std::nullopt;
}

/// Reads the members into their places, one call each.
class RequestReader {
public:
    RequestReader(std::string_view body, const RetryPolicy& defaults, const RetryLimits& limits)
        : body_(body), limits_(limits), policy_(defaults) {}

    Problem read(const JsonMember& member) {
        const std::string_view value = valueText(body_, member);
        const std::string& name = member.key;
        if (name == "payload") return takePayload(makeBytes(std::string(value)));
        if (value == "null") return isKnown(name) ? std::nullopt : unknown(name);
        if (name == "url") return readText(name, value, submission_.destination.url);
        if (name == "token") return readText(name, value, submission_.destination.token);
        if (name == "content_type") return readText(name, value, submission_.content_type);
        if (name == "subject") return readText(name, value, submission_.subject);
        if (name == "payload_base64") {
            Bytes payload;
            if (Problem problem = readBase64(value, payload)) return problem;
            return takePayload(std::move(payload));
        }
        if (name == "max_retries") {
            own_policy_ = true;
            return readMaxRetries(value, limits_, policy_);
        }
        if (name == "retry_delays") {
            own_policy_ = true;
            return readRetryDelays(value, limits_, policy_);
        }
        return unknown(name);
    }

    Result<Submission> finish() && {
        if (submission_.destination.url.empty())
            return invalid("url", "url is missing: where is this to be delivered?");
        if (!submission_.payload)
            return invalid("payload", "payload is missing: give payload or payload_base64.");
        if (own_policy_) submission_.retry_policy = std::move(policy_);
        return std::move(submission_);
    }

private:
    static constexpr std::array<std::string_view, 8> kKnown = {
        "url",          "token",   "payload",     "payload_base64",
        "content_type", "subject", "max_retries", "retry_delays"};

    static bool isKnown(std::string_view name) {
        return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
    }

    static Problem unknown(const std::string& name) {
        const std::string nearest = nearestName(name, kKnown);
        return invalid(excerpt(name),
                       "There is no member " + excerpt(name) + " here" +
                           (nearest.empty() ? "." : "; did you mean " + nearest + "?"));
    }

    Problem takePayload(Bytes payload) {
        if (submission_.payload)
            return invalid("payload", "payload and payload_base64 exclude one another.");
        submission_.payload = std::move(payload);
        return std::nullopt;
    }

    std::string_view body_;
    const RetryLimits& limits_;
    Submission submission_;
    RetryPolicy policy_;
    bool own_policy_ = false;
};

}  // namespace

Result<Submission> parseDeliveryRequest(std::string_view body, const RetryPolicy& defaults,
                                        const RetryLimits& limits) {
    if (const auto problem = checkJson(body))
        return invalid("", "The body is not JSON that can be used: " + problem->message +
                               " (at byte " + std::to_string(problem->offset) + ").");
    if (!isJsonObject(body.substr(body.find_first_not_of(" \t\r\n"))))
        return invalid("", "The body must be a JSON object.");
    RequestReader reader(body, defaults, limits);
    for (const JsonMember& member : jsonMembers(body))
        if (Problem problem = reader.read(member)) return *problem;
    return std::move(reader).finish();
}

Result<IdempotencyKey> idempotencyOf(std::string_view route, std::string_view client,
                                     std::string_view key, std::string_view body) {
    if (key.empty() || key.size() > kMaxIdempotencyKey ||
        !std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; }))
        return invalid("Idempotency-Key",
                       "Idempotency-Key must be 1 to 255 visible ASCII characters.");
    std::string named;
    named.append(route).push_back('\0');
    named.append(client).push_back('\0');
    named.append(key);
    return IdempotencyKey{sha256(named), sha256(body)};
}

}  // namespace waybill::server
