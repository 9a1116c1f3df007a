#include "cli/filtered_request.h"

#include <cstdlib>
#include <ostream>

#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/filter.h"
#include "waybill/clock.h"
#include "waybill/listing_rules.h"

namespace waybill::cli {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 62;

}  // namespace

Result<BulkRequest> filteredRequestFrom(const Arguments& arguments) {
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
        if (rate->empty() || *end != '\0')
            return Refusal{RefusalCode::kInvalid,
                           "--rate takes a number of deliveries a second, e.g. 20 or 0.5.",
                           {}};
        if (auto refusal = checkRate(*request.rate))
            return Refusal{RefusalCode::kInvalid, "--" + refusal->message, {}};
    }
    return request;
}

std::optional<int> askToGoOn(const Arguments& arguments, Console& console, std::string_view command,
                             const std::string& what) {
    if (arguments.has("--yes")) return std::nullopt;
    console.out() << what << '\n';
    switch (askConsent(console, "Go on?")) {
        case Consent::kGiven:
            return std::nullopt;
        case Consent::kRefused:
            return kFailed;
        case Consent::kCannotAsk:
            break;
    }
    return wrongUsage(console, command, "Nobody is there to ask: say --yes.");
}

}  // namespace waybill::cli
