#include "cli/timeline.h"

#include <algorithm>
#include <ostream>

#include "cli/delivery_words.h"
#include "waybill/event_codec.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kTextIndent = 15;  // under the first word after a time
constexpr std::size_t kExcerptBytes = 600;
constexpr std::size_t kExcerptLines = 8;

/// `dns 1 ms · connect 2 ms · first byte 9 ms · total 12 ms`.
std::string timingsOf(const AttemptView& attempt) {
    const PhaseTimings& timings = attempt.timings;
    std::string text;
    const auto phase = [&](std::string_view name, const std::optional<Duration>& duration) {
        if (!duration) return;
        if (!text.empty()) text += " · ";
        (text += name) += ' ';
        text += durationInWords(*duration);
    };
    phase("dns", timings.dns);
    phase("connect", timings.connect);
    phase("tls", timings.tls);
    phase("first byte", timings.first_byte);
    if (attempt.duration) phase("total", timings.total);
    return text;
}

/// What else happened to a delivery: one sentence for each event that is no part of an attempt.
class Incident {
public:
    explicit Incident(const EventView& event) : who_(actorInWords(event)) {}

    std::string operator()(const DeliveryAccepted&) const { return "accepted from " + who_; }
    std::string operator()(const RedeliveryRequested& request) const {
        std::string text =
            who_ + " asked for round " + std::to_string(request.round) + because(request);
        if (!request.endpoint.empty()) text += ", from now on to " + request.endpoint;
        if (!request.previous_endpoint.empty()) text += " in place of " + request.previous_endpoint;
        if (request.token_dropped) {
            text += ", without the token, which stays behind";
        } else if (request.token_changed) {
            text += ", with another token";
        }
        return text;
    }
    std::string operator()(const DeliveryCancelled& cancelled) const {
        return who_ + " cancelled it" + because(cancelled);
    }
    std::string operator()(const PayloadErased& erased) const {
        return who_ + " erased the payload" + because(erased);
    }
    std::string operator()(const ResponseCreated& created) const {
        return "a " + created.kind + " of model " + created.model + " was asked for by " + who_;
    }
    std::string operator()(const ResponseCompleted& completed) const {
        return "the backend's call ended with status " + completed.status +
               (completed.reason.empty() ? "" : ": " + completed.reason);
    }
    std::string operator()(const ResponseDeleted&) const { return who_ + " deleted the response"; }
    std::string operator()(const CallbackIgnored& ignored) const {
        return "no callback is sent (" + ignored.code + "): " + ignored.reason;
    }
    std::string operator()(const CallbackRequested& requested) const {
        return who_ + " had the object sent with " + requested.delivery + because(requested);
    }
    std::string operator()(const UnknownEvent& unknown) const {
        return "an event of a later version: " + unknown.type;
    }
    template <typename Other>
    std::string operator()(const Other&) const {
        return {};
    }

private:
    template <typename WithReason>
    static std::string because(const WithReason& event) {
        return event.reason.empty() ? "" : ": \"" + event.reason + "\"";
    }
    const std::string who_;
};

}  // namespace

void Timeline::add(const AttemptView& attempt) {
    std::string title = "attempt " + std::to_string(attempt.attempt);
    if (attempt.round > 1) title += ", round " + std::to_string(attempt.round);
    if (attempt.cause != AttemptCause::kFirst) {
        (title += " (") += toString(attempt.cause);
        title += ")";
    }
    (title += ": ") +=
        attempt.status == AttemptStatus::kAttempting ? "on the wire" : toString(attempt.status);
    moment(attempt.started_at, styleOf(attempt.status), title);
    console_.paragraph(printable(attempt.explanation), kTextIndent);

    std::string wire = attempt.remote_address;
    if (!attempt.tls.empty()) (wire += wire.empty() ? "" : " · ") += attempt.tls;
    const std::string timings = timingsOf(attempt);
    if (!wire.empty() && !timings.empty()) wire += " · ";
    console_.paragraph(printable(wire + timings), kTextIndent, Style::kDim);
    if (full_) request(attempt);
    answer(attempt);
}

void Timeline::add(const EventView& view) {
    const Event event = decodeData(view.type, view.data, view.stream, view.position);
    const std::string text = std::visit(Incident(view), event);
    if (!text.empty()) moment(view.recorded_at, Style::kPlain, text);
}

void Timeline::addNext(const DeliveryView& delivery) {
    if (!delivery.next_attempt_at) return;
    const std::string what = "attempt " + std::to_string(delivery.attempt_count + 1) + " is due";
    moment(*delivery.next_attempt_at, Style::kDim,
           delivery.held_by.empty() ? what : what + ", but held: the endpoint is paused");
}

void Timeline::moment(Timestamp when, Style style, std::string_view what) {
    const std::string time = formatTimestamp(when);
    if (time.substr(0, 10) != day_) {
        day_ = time.substr(0, 10);
        console_.out() << spaces(kIndent) << console_.styled(Style::kDim, day_ + " (UTC)") << '\n';
    }
    console_.out() << spaces(kIndent) << console_.styled(Style::kDim, time.substr(11, 12)) << ' '
                   << console_.styled(style, printable(what)) << '\n';
}

void Timeline::detail(std::string_view text) {
    console_.out() << spaces(kTextIndent) << text << '\n';
}

/// The beginning of `text`, line by line, each printable and after a bar.
void Timeline::excerpt(std::string_view text, bool full) {
    std::string_view rest = full ? text : text.substr(0, kExcerptBytes);
    const std::size_t room =
        console_.width() > kTextIndent + 22 ? console_.width() - kTextIndent - 2 : text.size() + 1;
    for (std::size_t lines = 0; !rest.empty() && (full || lines < kExcerptLines); ++lines) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const std::string clean = printable(line);
        console_.out() << spaces(kTextIndent) << console_.styled(Style::kDim, "│ ")
                       << (full ? clean : shortened(clean, room)) << '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const bool more = !rest.empty() || (!full && text.size() > kExcerptBytes);
    if (more) {
        console_.out() << spaces(kTextIndent)
                       << console_.styled(Style::kDim, "│ … (--full shows all)") << '\n';
    }
}

void Timeline::request(const AttemptView& attempt) {
    if (attempt.request_headers.empty()) return;
    detail("sent with");
    std::string headers;
    for (const auto& [name, value] : attempt.request_headers) {
        headers += name + ": " + value + "\n";
    }
    excerpt(headers, true);
}

void Timeline::answer(const AttemptView& attempt) {
    if (full_ && !attempt.response_head.empty()) {
        detail("answered");
        const std::string_view head = attempt.response_head;
        excerpt(head.substr(0, head.find("\r\n\r\n")), full_);
    }
    if (attempt.response_body.empty()) return;
    console_.out() << spaces(kTextIndent) << "body of the answer, "
                   << grouped(attempt.response_body_bytes) << " bytes"
                   << (attempt.truncated ? ", cut short" : "") << '\n';
    excerpt(attempt.response_body, full_);
}

}  // namespace waybill::cli
