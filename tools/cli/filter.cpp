#include "cli/filter.h"

#include <algorithm>
#include <array>
#include <string>

namespace waybill::cli {
namespace {

constexpr std::array<std::string_view, 5> kStatuses = {"pending", "attempting", "delivered",
                                                       "failed", "cancelled"};
constexpr std::array<std::string_view, 9> kReasons = {
    "http_status",     "timeout",          "dns",        "connect", "tls", "protocol",
    "refused_address", "stale_connection", "local_fault"};

/// Complains about a word that is not in the vocabulary.
template <std::size_t N>
std::optional<Refusal> checkWord(const std::string& word, std::string_view what,
                                 const std::array<std::string_view, N>& known) {
    if (word.empty() || std::find(known.begin(), known.end(), word) != known.end()) return {};
    std::string message = unknownName(what, word, known) + " There are:";
    for (const std::string_view name : known)
        (message += ' ') += name;
    return Refusal{RefusalCode::kInvalid, message + ".", {}};
}

}  // namespace

Result<DeliveryFilter> filterFrom(const Arguments& arguments, Timestamp now) {
    DeliveryFilter filter;
    filter.status = arguments.valueOr("--status", "");
    filter.endpoint = arguments.valueOr("--endpoint", "");
    filter.client = arguments.valueOr("--client", "");
    filter.subject = arguments.valueOr("--subject", "");
    filter.reason = arguments.valueOr("--reason", "");
    filter.q = arguments.valueOr("--q", "");
    if (auto refusal = checkWord(filter.status, "status", kStatuses)) return *refusal;
    if (auto refusal = checkWord(filter.reason, "reason", kReasons)) return *refusal;

    if (arguments.has("--http-status")) {
        const auto status = arguments.number("--http-status", 100, 999, 0);
        if (!status.ok()) return status.refusal();
        filter.http_status = static_cast<std::uint16_t>(*status);
    }
    const auto since = arguments.time("--since", now);
    if (!since.ok()) return since.refusal();
    filter.since = *since;
    const auto until = arguments.time("--until", now);
    if (!until.ok()) return until.refusal();
    filter.until = *until;
    return filter;
}

}  // namespace waybill::cli
