// waybill redeliver
#include <array>
#include <cstdlib>
#include <ostream>

#include "cli/bulk_progress.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/filter.h"
#include "cli/target.h"
#include "cli/token_file.h"
#include "waybill/clock.h"

namespace waybill::cli {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 62;

constexpr std::array<Option, 9> kOptions = {{
    {"--reason", "TEXT", "why, for the log"},
    {"--url", "URL", "a corrected URL; holds from now on"},
    {"--new-token-file", "FILE", "a corrected webhook token; holds from now on"},
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

int redeliverEach(const Arguments& arguments, Console& console) {
    std::optional<std::string> token;
    if (const auto file = arguments.value("--new-token-file")) token = readTokenFile(*file);
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    int code = kDone;
    for (const std::string& id : arguments.operands()) {
        const auto delivery = target.api->redeliver(id, arguments.valueOr("--reason", ""),
                                                    arguments.value("--url"), token);
        if (delivery.ok()) {
            report(console, *delivery, arguments.has("--json"));
        } else {
            console.complain(id + ": " + delivery.refusal().message);
            code = kFailed;
        }
    }
    return code;
}

/// What is asked for on the command line; a refusal says what is wrong with it.
Result<BulkRequest> bulkRequestFrom(const Arguments& arguments) {
    BulkRequest request;
    const auto filter = filterFromText(*arguments.value("--filter"), systemClock().now().wall);
    if (!filter.ok()) return filter.refusal();
    request.filter = *filter;
    request.all = isEmpty(*filter);
    request.reason = arguments.valueOr("--reason", "");
    if (arguments.has("--limit")) {
        const auto limit = arguments.number("--limit", 1, kMost, 1);
        if (!limit.ok()) return limit.refusal();
        request.limit = *limit;
    }
    if (const auto rate = arguments.value("--rate")) {
        char* end = nullptr;
        request.rate = std::strtod(rate->c_str(), &end);
        if (rate->empty() || *end != '\0' || !(*request.rate > 0))
            return Refusal{RefusalCode::kInvalid,
                           "--rate takes a number of deliveries a second, e.g. 20 or 0.5.",
                           {}};
    }
    return request;
}

int fail(Console& console, const Refusal& refusal) {
    console.complain(refusal.message);
    return kFailed;
}

void showCount(Console& console, const BulkView& counted, bool json) {
    if (json) {
        console.out() << toJson(counted) << '\n';
    } else {
        console.out() << "This would send again " << extentOf(counted) << ".\n";
    }
}

int redeliverFiltered(const Arguments& arguments, Console& console) {
    if (!arguments.operands().empty() || arguments.has("--url") ||
        arguments.has("--new-token-file")) {
        return wrongUsage(
            console, "redeliver",
            "--filter takes the place of ids, and leaves URLs and tokens as they are.");
    }
    Result<BulkRequest> request = bulkRequestFrom(arguments);
    if (!request.ok()) return wrongUsage(console, "redeliver", request.refusal().message);
    const Target target = findTarget(arguments, Purpose::kAct, console);
    if (!target.api) return target.exit_code;

    const bool json = arguments.has("--json");
    request.value().dry_run = true;
    const auto counted = target.api->redeliverMany(*request);
    if (!counted.ok()) return fail(console, counted.refusal());
    if (arguments.has("--dry-run")) {
        showCount(console, *counted, json);
        return kDone;
    }
    if (counted->matched == 0) {
        console.out() << (json ? toJson(*counted) : "No delivery fits; nothing is sent again.")
                      << '\n';
        return kDone;
    }
    if (!arguments.has("--yes")) {
        console.out() << "This sends again " << extentOf(*counted) << ".\n";
        const Consent consent = askConsent(console, "Go on?");
        if (consent == Consent::kCannotAsk)
            return wrongUsage(console, "redeliver", "Nobody is there to ask: say --yes.");
        if (consent == Consent::kRefused) return kFailed;
    }
    request.value().dry_run = false;
    const auto begun = target.api->redeliverMany(*request);
    if (!begun.ok()) return fail(console, begun.refusal());
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

int run(const Arguments& arguments, Console& console) {
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
        "Opens a new round of attempts for each delivery, starting now. The receiver sees "
        "the same webhook-id, so that it can tell a repetition. A retry that is still "
        "pending is replaced. One that is refused does not keep the others from being "
        "re-delivered; the exit code is then 1. With --filter, all that match now: it says how "
        "many, asks, and shows how far it is; the daemon goes on with it whatever happens here.",
    .options = kOptions,
    .examples =
        "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --reason \"receiver mended\"\n"
        "waybill redeliver dlv_01h8xgbd2v3m4n5p6q7r8s9t0v --url https://new.example.com/hook\n"
        "waybill redeliver --filter status=failed,since=2h --dry-run\n"
        "waybill redeliver --filter status=failed,endpoint=https://example.com:443 --rate 20 --yes",
    .run = run};

}  // namespace waybill::cli
