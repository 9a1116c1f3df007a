// waybill redeliver
#include <array>
#include <ostream>

#include "cli/bulk_progress.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/filtered_request.h"
#include "cli/named_delivery.h"
#include "cli/target.h"
#include "cli/token_file.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::array<Option, 10> kRedeliverOptions = {{
    {"--reason", "TEXT", "why, for the log"},
    {"--url", "URL",
     "a corrected URL; holds from now on. Of a response without a delivery: where its object is "
     "sent"},
    {"--token", "TOKEN", "the webhook token that goes with it; holds from now on"},
    {"--new-token-file", "FILE", "the same, from a file, where nobody sees it"},
    {"--filter", "FILTER",
     "all that match, in place of ids: status=failed,since=2h, or the word all"},
    {"--dry-run", "", "only count what the filter matches"},
    {"--yes", "", "do not ask"},
    {"--rate", "N", "of the filter's: at most so many a second, e.g. 20 or 0.5"},
    {"--limit", "N", "of the filter's: at most so many, the oldest first"},
    {"--no-wait", "", "do not stay until all of the filter's are done"},
}};

void report(Console& console, const DeliveryView& delivery, bool json) {
    if (json) {
        console.out() << toJson(delivery) << '\n';
        return;
    }
    // Its first attempt may have started before the daemon's answer was put together.
    const bool waits = delivery.next_attempt_at.has_value();
    console.out() << printable(delivery.id) << "  round " << delivery.round << " is open: attempt "
                  << delivery.attempt_count + (waits ? 1 : 0) << " goes to "
                  << printable(delivery.endpoint) << '\n';
}

/// Before a payload is shown to somebody new: says so, and asks where somebody is there to ask.
/// Nothing: go on.
std::optional<Refusal> announceOrigin(AdminApi& api, const StreamId& id, const std::string& url,
                                      bool with_token, bool ask, Console& console) {
    const auto found = api.delivery(id);
    if (!found.ok()) return found.refusal();
    const std::string notice = otherOriginInWords(found->delivery.endpoint, url, with_token);
    if (notice.empty()) return std::nullopt;
    console.complain(id + ": " + notice);
    if (!ask || askConsent(console, "Go on?") != Consent::kRefused) return std::nullopt;
    return Refusal{RefusalCode::kConflict, "It was left as it is.", {}};
}

int redeliverEach(const Arguments& arguments, Console& console) {
    std::optional<std::string> token = arguments.value("--token");
    if (const auto file = arguments.value("--new-token-file")) token = readTokenFile(*file);
    const auto url = arguments.value("--url");
    const std::string reason = arguments.valueOr("--reason", "");
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    std::function<Result<DeliveryView>(const std::string&)> call_back;
    if (url) {
        call_back = [&](const std::string& response) -> Result<DeliveryView> {
            auto delivery = target.api->callResponseBack(response, reason, *url, token);
            const bool unknown =
                !delivery.ok() && delivery.refusal().code == RefusalCode::kNotFound;
            if (!unknown) return delivery;
            return Refusal{RefusalCode::kNotFound, whyNoDelivery(*target.api, response), {}};
        };
    }
    return actOnEach(
        *target.api, arguments.operands(), console,
        [&](const StreamId& id) -> Result<DeliveryView> {
            if (url) {
                auto stopped = announceOrigin(*target.api, id, *url, token.has_value(),
                                              !arguments.has("--yes"), console);
                if (stopped) return *std::move(stopped);
            }
            return target.api->redeliver(id, reason, url, token);
        },
        [&](const DeliveryView& delivery) { report(console, delivery, arguments.has("--json")); },
        call_back);
}

void showCount(Console& console, const BulkView& counted, bool json) {
    if (json) {
        console.out() << toJson(counted) << '\n';
    } else {
        console.out() << "This would send again " << extentOf(counted) << ".\n";
    }
}

int redeliverFiltered(const Arguments& arguments, Console& console) {
    if (!arguments.operands().empty() || arguments.has("--url") || arguments.has("--token") ||
        arguments.has("--new-token-file")) {
        return wrongUsage(
            console, "redeliver",
            "--filter takes the place of ids, and leaves URLs and tokens as they are.");
    }
    Result<BulkRequest> request = filteredRequestFrom(arguments);
    if (!request.ok()) return wrongUsage(console, "redeliver", request.refusal().message);
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    const bool json = arguments.has("--json");
    request.value().dry_run = true;
    const auto counted = target.api->redeliverMany(*request);
    if (!counted.ok()) return refused(console, counted.refusal());
    if (arguments.has("--dry-run")) {
        showCount(console, *counted, json);
        return kDone;
    }
    if (counted->matched == 0) {
        console.out() << (json ? toJson(*counted) : "No delivery fits; nothing is sent again.")
                      << '\n';
        return kDone;
    }
    const std::string what = "This sends again " + extentOf(*counted) + ".";
    if (const auto code = askToGoOn(arguments, console, "redeliver", what)) return *code;
    request.value().dry_run = false;
    const auto begun = target.api->redeliverMany(*request);
    if (!begun.ok()) return refused(console, begun.refusal());
    if (!arguments.has("--no-wait")) {
        if (!json && console.width() != 0)
            console.out() << printable(begun->id)
                          << " is under way; Ctrl-C leaves it so, waybill bulk shows it again.\n";
        return watchBulk(*target.api, *begun, console, json);
    }
    if (json) {
        console.out() << toJson(*begun) << '\n';
    } else {
        console.out() << printable(begun->id) << "  " << progressOf(*begun) << '\n';
    }
    return kDone;
}

int runRedeliver(const Arguments& arguments, Console& console) {
    if (arguments.has("--filter")) return redeliverFiltered(arguments, console);
    for (const std::string_view option : {"--dry-run", "--rate", "--limit"}) {
        if (arguments.has(option))
            return wrongUsage(console, "redeliver", std::string(option) + " goes with --filter.");
    }
    if (arguments.operands().empty()) {
        return wrongUsage(console, "redeliver",
                          "Which delivery? redeliver takes its id, or a --filter.");
    }
    return redeliverEach(arguments, console);
}

}  // namespace

const Command kRedeliverCommand = {
    .name = "redeliver",
    .operands = "ID…",
    .summary = "send deliveries again",
    .details =
        "Opens a new round of attempts for each delivery, starting now. ID is a delivery's, or "
        "that of the response whose callback it is. The receiver sees "
        "the same webhook-id, so that it can tell a repetition. A retry that is still "
        "pending is replaced. One that is refused does not keep the others from being "
        "re-delivered; the exit code is then 1. Of a response without a delivery (its callback was "
        "refused, or none was asked for) the stored object is sent to the --url given; that needs "
        "the role admin. So does a --url with another scheme, host or port than the delivery's, "
        "whose owner will see the payload: it says so and asks, and the old token stays behind. "
        "With --filter, all that match now: it says how "
        "many, asks, and shows how far it is; the daemon goes on with it whatever happens here.",
    .options = kRedeliverOptions,
    .examples =
        "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --reason \"receiver mended\"\n"
        "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --url https://new.example.com/hook\n"
        "waybill redeliver resp_01h8xgbd2v3m4n5p6q7r8s9t0v --url https://example.com/hook\n"
        "waybill redeliver --filter status=failed,since=2h --dry-run\n"
        "waybill redeliver --filter status=failed,endpoint=https://example.com:443 --rate 20 --yes",
    .run = runRedeliver};

}  // namespace waybill::cli
