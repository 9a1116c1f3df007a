#include <algorithm>
#include <cstddef>
#include <unordered_map>

#include "admin/json_writing.h"
#include "net/characters.h"
#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/printable.h"
#include "waybill/views.h"

namespace waybill {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

using json::microsecondsOrNull;
using json::numberOrNull;
using json::textOrNull;
using json::timeOrNull;

void reasonOrNull(JsonWriter& out, const std::optional<FailureReason>& reason) {
    textOrNull(out, "reason", reason ? toString(*reason) : std::string_view());
}

/// Only these were timed: nobody saw the end of the others.
bool timed(AttemptStatus status) {
    return status == AttemptStatus::kSucceeded || status == AttemptStatus::kFailed;
}

void writeLastAttempt(JsonWriter& out, const LastAttempt& last) {
    if (last.attempt == 0) return out.null("last_attempt");
    out.object("last_attempt", [&](JsonWriter& inner) {
        inner.member("attempt", last.attempt);
        inner.member("cause", toString(last.cause));
        inner.member("started_at", last.started_at);
        microsecondsOrNull(inner, "duration_us",
                           timed(last.status) ? std::optional(last.duration) : std::nullopt);
        inner.member("status", toString(last.status));
        numberOrNull(inner, "http_status", last.http_status);
        reasonOrNull(inner, last.reason);
    });
}

void writeMembers(JsonWriter& out, const DeliveryView& delivery) {
    out.member("id", delivery.id);
    textOrNull(out, "url", delivery.url);
    out.member("endpoint", delivery.endpoint);
    out.member("client", delivery.client);
    textOrNull(out, "subject", delivery.subject);
    out.member("status", delivery.status);
    textOrNull(out, "held_by", delivery.held_by);
    out.member("round", delivery.round);
    out.member("attempt_count", delivery.attempt_count);
    out.member("max_attempts", delivery.max_attempts);
    out.numbers("retry_delays_us", delivery.retry_delays,
                [](Duration delay) { return delay.count(); });
    timeOrNull(out, "next_attempt_at", delivery.next_attempt_at);
    out.member("created_at", delivery.created_at);
    out.member("updated_at", delivery.updated_at);
    out.object("payload", [&](JsonWriter& inner) {
        inner.member("bytes", delivery.payload_bytes);
        inner.member("sha256", delivery.payload_sha256);
        inner.member("content_type", delivery.content_type);
    });
    writeLastAttempt(out, delivery.last_attempt);
}

/// A response head taken apart: its first line, and its fields in order. A name that comes again,
/// in whatever case, has its values joined (RFC 9110 section 5.2), so that the JSON object has each
/// name once; a folded line goes on with the one before it (RFC 9112 section 5.2).
class ResponseHead {
public:
    explicit ResponseHead(std::string_view head) {
        for (bool first = true; !head.empty(); first = false) {
            const std::size_t end = std::min(head.find('\n'), head.size());
            std::string_view line = head.substr(0, end);
            head.remove_prefix(std::min(end + 1, head.size()));
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (first) {
                status_line_ = line;
            } else {
                takeLine(line);
            }
        }
    }

    std::string_view statusLine() const { return status_line_; }
    const Headers& headers() const { return headers_; }

private:
    void takeLine(std::string_view line) {
        if (line.starts_with(' ') || line.starts_with('\t')) {
            if (!headers_.empty()) (headers_[last_].second += ' ') += trimmed(line);
            return;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return;
        takeField(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }

    void takeField(std::string_view name, std::string_view value) {
        std::string key(name);
        std::transform(key.begin(), key.end(), key.begin(), toLower);
        const auto [known, is_new] = places_.try_emplace(std::move(key), headers_.size());
        last_ = known->second;
        if (is_new) {
            headers_.emplace_back(name, value);
        } else {
            (headers_[last_].second += ", ") += value;
        }
    }

    std::string_view status_line_;
    Headers headers_;
    std::size_t last_ = 0;
    std::unordered_map<std::string, std::size_t> places_;  ///< in headers_, by name in lower case
};

void writeHeaders(JsonWriter& out, const Headers& headers) {
    out.object("headers", [&](JsonWriter& inner) {
        for (const auto& [name, value] : headers) {
            std::string key;
            appendJsonString(key, name);
            inner.member(std::string_view(key).substr(1, key.size() - 2), value);
        }
    });
}

void writeRequest(JsonWriter& out, const AttemptView& attempt) {
    out.object("request", [&](JsonWriter& inner) {
        if (attempt.request_headers.empty()) return inner.null("headers");
        writeHeaders(inner, attempt.request_headers);
    });
}

void writeResponse(JsonWriter& out, const AttemptView& attempt) {
    if (!attempt.http_status && attempt.response_head.empty()) return out.null("response");
    const ResponseHead head(attempt.response_head);
    // The bytes may have been erased while the record of them stays.
    const bool body_known = !attempt.response_body.empty() || attempt.response_body_bytes == 0;
    out.object("response", [&](JsonWriter& inner) {
        textOrNull(inner, "status_line", head.statusLine());
        if (attempt.response_head.empty()) {
            inner.null("headers");
        } else {
            writeHeaders(inner, head.headers());
        }
        if (body_known) {
            inner.member("body", attempt.response_body);
        } else {
            inner.null("body");
        }
        inner.member("body_bytes", attempt.response_body_bytes);
        inner.member("truncated", attempt.truncated);
    });
}

void writeTimings(JsonWriter& out, const AttemptView& attempt) {
    const PhaseTimings& timings = attempt.timings;
    out.object("timings_us", [&](JsonWriter& inner) {
        microsecondsOrNull(inner, "dns", timings.dns);
        microsecondsOrNull(inner, "connect", timings.connect);
        microsecondsOrNull(inner, "tls", timings.tls);
        microsecondsOrNull(inner, "first_byte", timings.first_byte);
        microsecondsOrNull(inner, "total",
                           timed(attempt.status) ? std::optional(timings.total) : std::nullopt);
    });
}

}  // namespace

std::string toJson(const DeliveryView& delivery) {
    std::string json;
    json.reserve(1024);
    JsonWriter out(json);
    writeMembers(out, delivery);
    out.close();
    return json;
}

std::string toJson(const AttemptView& attempt) {
    std::string json;
    JsonWriter out(json);
    out.member("attempt", attempt.attempt);
    out.member("round", attempt.round);
    out.member("cause", toString(attempt.cause));
    out.member("started_at", attempt.started_at);
    microsecondsOrNull(out, "duration_us", attempt.duration);
    out.member("status", toString(attempt.status));
    numberOrNull(out, "http_status", attempt.http_status);
    reasonOrNull(out, attempt.reason);
    out.member("explanation", attempt.explanation);
    textOrNull(out, "remote_address", attempt.remote_address);
    writeTimings(out, attempt);
    textOrNull(out, "tls", attempt.tls);
    writeRequest(out, attempt);
    writeResponse(out, attempt);
    timeOrNull(out, "retry_at", attempt.retry_at);
    out.member("counts", attempt.counts);
    out.member("outcome_position", attempt.outcome_position);
    out.close();
    return json;
}

std::string toJson(const DeliveryDetail& detail) {
    std::string attempts = "[";
    for (const AttemptView& attempt : detail.attempts) {
        if (attempts.size() > 1) attempts += ',';
        attempts += toJson(attempt);
    }
    attempts += ']';

    std::string json;
    JsonWriter out(json);
    writeMembers(out, detail.delivery);
    out.raw("attempts", attempts);
    out.close();
    return json;
}

/// The stored text, in which what is not seen is escaped. That of a file that was made to deceive
/// may be no JSON, and would say something about the members around it: then it is a string.
std::string dataOf(const EventView& event) {
    constexpr JsonLimits kAnyJson{.max_depth = 1000, .unique_keys = false, .lone_surrogates = true};
    return checkJson(event.data, kAnyJson) ? jsonQuote(event.data) : printableJson(event.data);
}

std::string toJson(const EventView& event) {
    std::string json;
    JsonWriter out(json);
    out.member("global_position", event.global_position);
    out.member("stream", event.stream);
    out.member("position", event.position);
    out.member("type", event.type);
    out.member("recorded_at", event.recorded_at);
    out.member("actor", event.actor);
    out.raw("data", dataOf(event));
    out.member("hash", event.hash);
    out.close();
    return json;
}

}  // namespace waybill
