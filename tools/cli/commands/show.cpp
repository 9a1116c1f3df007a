// waybill show
#include <array>
#include <ostream>

#include "cli/command.h"
#include "cli/delivery_page.h"
#include "cli/named_delivery.h"
#include "cli/target.h"
#include "waybill/clock.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 1> kShowOptions = {{
    {"--full", "", "what was sent and what came back, whole"},
}};

int showDelivery(AdminApi& api, const StreamId& id, const Arguments& arguments, Console& console) {
    const auto detail = api.delivery(id);
    if (!detail.ok()) return refused(console, detail.refusal());
    if (arguments.has("--json")) {
        console.out() << toJson(*detail) << '\n';
        return kDone;
    }
    const auto events = api.deliveryEvents(id);
    if (!events.ok()) return refused(console, events.refusal());
    printDelivery(console, *detail, events->data, systemClock().now().wall,
                  arguments.has("--full"));
    return kDone;
}

/// A response without a callback: its stream knows why there is none.
int showResponse(AdminApi& api, const std::string& id, const Arguments& arguments,
                 Console& console) {
    const auto events = api.deliveryEvents(id);
    if (!events.ok() || events->data.empty()) {
        console.complain(whyNoDelivery(api, id));
        return kFailed;
    }
    if (arguments.has("--json")) {
        for (const EventView& event : events->data)
            console.out() << toJson(event) << '\n';
        return kDone;
    }
    console.paragraph(printable(id + " has no delivery. " + noCallbackInWords(events->data)), 0);
    console.out() << '\n';
    printResponse(console, events->data);
    return kDone;
}

int runShow(const Arguments& arguments, Console& console) {
    if (arguments.operands().size() != 1) {
        return wrongUsage(console, "show", "show takes one id.");
    }
    const std::string& id = arguments.operands().front();
    const Target target = findTarget(arguments, Purpose::kRead, console);
    if (!target.api) return target.exit_code;
    const auto deliveries = deliveriesNamed(*target.api, id);
    if (!deliveries.ok()) return refused(console, deliveries.refusal());
    if (deliveries->empty()) return showResponse(*target.api, id, arguments, console);
    for (const StreamId& delivery : *deliveries) {
        if (&delivery != &deliveries->front() && !arguments.has("--json")) console.out() << '\n';
        const int code = showDelivery(*target.api, delivery, arguments, console);
        if (code != kDone) return code;
    }
    return kDone;
}

}  // namespace

const Command kShowCommand = {
    .name = "show",
    .operands = "ID",
    .summary = "one delivery: what happened to it, and what happens next",
    .details =
        "Shows a delivery: its state in words, what happens next, and every attempt with "
        "what came back and where the time went. ID is a delivery's, or that of the "
        "response whose callback is looked for.",
    .options = kShowOptions,
    .examples =
        "waybill show dlv_01h8xgbd2v3m4n5p6q7r8s9t0v\n"
        "waybill show resp_01h8xgbd2v3m4n5p6q7r8s9t0v --full\n"
        "waybill show dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --json | jq '.attempts[].reason'",
    .run = runShow};

}  // namespace waybill::cli
