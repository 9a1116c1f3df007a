#include "cli/delivery_page.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "cli/delivery_words.h"
#include "waybill/event_codec.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kTextIndent = 15;  // under the times of the timeline
constexpr std::size_t kExcerptBytes = 600;
constexpr std::size_t kExcerptLines = 8;

std::string spaces(std::size_t count) {
    return std::string(count, ' ');
}

/// `20:24:38.002`.
std::string clockTime(Timestamp time) {
    return formatTimestamp(time).substr(11, 12);
}

std::string dayOf(Timestamp time) {
    return formatTimestamp(time).substr(0, 10);
}

/// `12,345`.
std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;)
        text.insert(at -= 3, ",");
    return text;
}

// ---- the head

void printFact(Console& console, std::string_view name, std::string_view value) {
    constexpr std::size_t kNameWidth = 13;
    if (value.empty()) return;
    const std::string padded = std::string(name) + spaces(kNameWidth - name.size());
    console.out() << spaces(kIndent) << console.styled(Style::kDim, padded) << printable(value)
                  << '\n';
}

void printFacts(Console& console, const DeliveryView& delivery, Timestamp now) {
    printFact(console, "url", delivery.url.empty() ? "(erased)" : delivery.url);
    printFact(console, "endpoint", delivery.endpoint);
    printFact(console, "subject", delivery.subject);
    printFact(console, "client", delivery.client);
    printFact(console, "payload",
              grouped(delivery.payload_bytes) + " bytes of " + delivery.content_type);
    printFact(console, "sha256", delivery.payload_sha256);
    printFact(console, "accepted",
              timeInWords(delivery.created_at) + " (" + durationInWords(now - delivery.created_at) +
                  " ago)");
    printFact(console, "attempts",
              std::to_string(delivery.attempt_count) + " made, up to " +
                  std::to_string(delivery.max_attempts) + " in a round; this is round " +
                  std::to_string(delivery.round));
}

void printAdvice(Console& console, const DeliveryView& delivery) {
    std::string advice;
    if (delivery.status == "failed" || delivery.status == "cancelled") {
        advice = "Send it again:  waybill redeliver " + delivery.id;
    } else if (delivery.status == "pending" && delivery.attempt_count > 0) {
        advice = "Do not wait:  waybill redeliver " + delivery.id;
    }
    if (!advice.empty()) {
        console.out() << spaces(kIndent) << console.styled(Style::kBold, printable(advice)) << '\n';
    }
}

// ---- the timeline

void printMoment(Console& console, Timestamp when, Style style, std::string_view what) {
    console.out() << spaces(kIndent) << console.styled(Style::kDim, clockTime(when)) << ' '
                  << console.styled(style, printable(what)) << '\n';
}

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

/// The beginning of `text`, line by line, each printable and after a bar.
void printExcerpt(Console& console, std::string_view text, bool full) {
    std::string_view rest = full ? text : text.substr(0, kExcerptBytes);
    const std::size_t room =
        console.width() > kTextIndent + 22 ? console.width() - kTextIndent - 2 : text.size() + 1;
    for (std::size_t lines = 0; !rest.empty() && (full || lines < kExcerptLines); ++lines) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const std::string clean = printable(line);
        console.out() << spaces(kTextIndent) << console.styled(Style::kDim, "│ ")
                      << (full ? clean : shortened(clean, room)) << '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const bool more = !rest.empty() || (!full && text.size() > kExcerptBytes);
    if (more) {
        console.out() << spaces(kTextIndent)
                      << console.styled(Style::kDim, "│ … (--full shows all)") << '\n';
    }
}

void printRequest(Console& console, const AttemptView& attempt) {
    if (attempt.request_headers.empty()) return;
    console.out() << spaces(kTextIndent) << "sent with\n";
    std::string headers;
    for (const auto& [name, value] : attempt.request_headers) {
        headers += name + ": " + value + "\n";
    }
    printExcerpt(console, headers, true);
}

void printResponse(Console& console, const AttemptView& attempt, bool full) {
    if (!attempt.response_head.empty()) {
        const std::string_view head = attempt.response_head;
        const std::string_view shown = full ? head : head.substr(0, head.find('\n'));
        console.out() << spaces(kTextIndent) << "answered\n";
        printExcerpt(console, shown.substr(0, shown.find("\r\n\r\n")), full);
    }
    if (attempt.response_body.empty()) return;
    console.out() << spaces(kTextIndent) << "with " << grouped(attempt.response_body_bytes)
                  << " bytes" << (attempt.truncated ? ", cut short" : "") << '\n';
    printExcerpt(console, attempt.response_body, full);
}

void printAttempt(Console& console, const AttemptView& attempt, bool full) {
    std::string title = "attempt " + std::to_string(attempt.attempt);
    if (attempt.round > 1) title += ", round " + std::to_string(attempt.round);
    if (attempt.cause != AttemptCause::kFirst) {
        (title += " (") += toString(attempt.cause);
        title += ")";
    }
    (title += ": ") +=
        attempt.status == AttemptStatus::kAttempting ? "on the wire" : toString(attempt.status);
    printMoment(console, attempt.started_at, styleOf(attempt.status), title);
    console.paragraph(printable(attempt.explanation), kTextIndent);

    std::string wire = attempt.remote_address;
    if (!attempt.tls.empty()) (wire += wire.empty() ? "" : " · ") += attempt.tls;
    const std::string timings = timingsOf(attempt);
    if (!wire.empty() && !timings.empty()) wire += " · ";
    console.paragraph(printable(wire + timings), kTextIndent, Style::kDim);
    if (full) printRequest(console, attempt);
    printResponse(console, attempt, full);
}

/// What else happened to a delivery: one sentence for each event that is no part of an attempt.
class Incident {
public:
    explicit Incident(const EventView& event) : event_(event) {}

    std::string operator()(const DeliveryAccepted&) const {
        return "accepted from " + event_.actor;
    }
    std::string operator()(const RedeliveryRequested& request) const {
        std::string text =
            event_.actor + " asked for round " + std::to_string(request.round) + because(request);
        if (!request.endpoint.empty()) text += ", from now on to " + request.endpoint;
        if (request.token_changed) text += ", with another token";
        return text;
    }
    std::string operator()(const DeliveryCancelled& cancelled) const {
        return event_.actor + " cancelled it" + because(cancelled);
    }
    std::string operator()(const PayloadErased& erased) const {
        return event_.actor + " erased the payload" + because(erased);
    }
    std::string operator()(const ResponseCreated& created) const {
        return "a " + created.kind + " of model " + created.model + " was asked for by " +
               event_.actor;
    }
    std::string operator()(const ResponseCompleted& completed) const {
        return "the backend's call ended with status " + completed.status;
    }
    std::string operator()(const ResponseDeleted&) const {
        return event_.actor + " deleted the response";
    }
    std::string operator()(const CallbackIgnored& ignored) const {
        return "no callback is sent (" + ignored.code + "): " + ignored.reason;
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
    const EventView& event_;
};

void printIncident(Console& console, const EventView& view) {
    const Event event = decodeData(view.type, view.data, view.stream, view.position);
    const std::string text = std::visit(Incident(view), event);
    if (!text.empty()) printMoment(console, view.recorded_at, Style::kPlain, text);
}

void printTimeline(Console& console, const DeliveryDetail& detail,
                   const std::vector<EventView>& events, bool full) {
    auto attempt = detail.attempts.begin();
    for (const EventView& event : events) {
        if (event.type != "attempt_started") {
            printIncident(console, event);
        } else if (attempt != detail.attempts.end()) {
            printAttempt(console, *attempt++, full);
        }
    }
    // Those that began after the events were read.
    for (; attempt != detail.attempts.end(); ++attempt)
        printAttempt(console, *attempt, full);
}

void printNext(Console& console, const DeliveryView& delivery) {
    if (!delivery.next_attempt_at) return;
    const std::string what = "attempt " + std::to_string(delivery.attempt_count + 1) + " is due";
    printMoment(console, *delivery.next_attempt_at, Style::kDim,
                delivery.held_by.empty() ? what : what + ", but held: the endpoint is paused");
}

}  // namespace

void printDelivery(Console& console, const DeliveryDetail& detail,
                   const std::vector<EventView>& events, Timestamp now, bool full) {
    const DeliveryView& delivery = detail.delivery;
    console.out() << console.styled(Style::kBold, printable(delivery.id)) << "  "
                  << console.styled(styleOf(delivery), printable(delivery.status)) << '\n';
    console.paragraph(printable(statusInWords(delivery, now)), kIndent);
    printAdvice(console, delivery);
    console.out() << '\n';
    printFacts(console, delivery, now);
    console.out() << '\n'
                  << console.styled(Style::kBold, "What happened")
                  << console.styled(Style::kDim, "  (" + dayOf(delivery.created_at) + ", UTC)")
                  << '\n';
    printTimeline(console, detail, events, full);
    printNext(console, delivery);
}

void printResponse(Console& console, const std::vector<EventView>& events) {
    for (const EventView& event : events)
        printIncident(console, event);
}

}  // namespace waybill::cli
