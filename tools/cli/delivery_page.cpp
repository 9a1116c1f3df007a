#include "cli/delivery_page.h"

#include <ostream>

#include "cli/delivery_words.h"
#include "cli/timeline.h"
#include "waybill/event_codec.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

void printFact(Console& console, std::string_view name, std::string_view value) {
    constexpr std::size_t kNameWidth = 13;
    if (value.empty()) return;
    const std::string padded = std::string(name) + spaces(kNameWidth - name.size());
    console.out() << spaces(kIndent) << console.styled(Style::kDim, padded) << printable(value)
                  << '\n';
}

void printFacts(Console& console, const DeliveryView& delivery, Timestamp now) {
    printFact(console, "url", delivery.url.empty() ? "(missing or damaged)" : delivery.url);
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
        advice = "Send it now:  waybill redeliver " + delivery.id;
    }
    if (!advice.empty()) {
        console.out() << spaces(kIndent) << console.styled(Style::kBold, printable(advice)) << '\n';
    }
}

void printTimeline(Console& console, const DeliveryDetail& detail,
                   const std::vector<EventView>& events, bool full) {
    Timeline timeline(console, full);
    auto attempt = detail.attempts.begin();
    for (const EventView& event : events) {
        const bool starts = std::holds_alternative<AttemptStarted>(
            decodeData(event.type, event.data, event.stream, event.position));
        if (!starts) {
            timeline.add(event);
        } else if (attempt != detail.attempts.end()) {
            timeline.add(*attempt++);
        }
    }
    timeline.addNext(detail.delivery);
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
    console.out() << '\n' << console.styled(Style::kBold, "What happened") << '\n';
    printTimeline(console, detail, events, full);
}

void printResponse(Console& console, const std::vector<EventView>& events) {
    Timeline timeline(console, false);
    for (const EventView& event : events)
        timeline.add(event);
}

}  // namespace waybill::cli
