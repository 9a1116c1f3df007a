#include "cli/filter.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "waybill/callback_url.h"

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
    const std::string endpoint = arguments.valueOr("--endpoint", "");
    filter.endpoint = endpointNamed(endpoint).value_or(endpoint);
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

Result<DeliveryFilter> filterFromText(const std::string& text, Timestamp now) {
    constexpr std::array<std::string_view, 9> kNames = {
        "status", "endpoint", "client", "subject", "reason", "http_status", "since", "until", "q"};
    if (text == "all") return DeliveryFilter{};
    // As if each had been given as an option of its own.
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string pair = text.substr(begin, end - begin);
        const std::string name = pair.substr(0, pair.find('='));
        if (pair.find('=') == std::string::npos || pair.back() == '=')
            return Refusal{RefusalCode::kInvalid,
                           "A filter is like status=failed,since=2h, or the word all; \"" + pair +
                               "\" has no value.",
                           {}};
        if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
            return Refusal{RefusalCode::kInvalid, unknownName("filter", name, kNames), {}};
        words.push_back("--" + (name == "http_status" ? "http-status" : name) +
                        pair.substr(name.size()));
        begin = end + 1;
    }
    constexpr std::array<Option, 9> kOptions = {{{"--status", "S", ""},
                                                 {"--endpoint", "E", ""},
                                                 {"--client", "C", ""},
                                                 {"--subject", "S", ""},
                                                 {"--reason", "R", ""},
                                                 {"--http-status", "N", ""},
                                                 {"--since", "T", ""},
                                                 {"--until", "T", ""},
                                                 {"--q", "P", ""}}};
    const Result<Arguments> arguments = parseArguments(words, kOptions);
    if (!arguments.ok()) return arguments.refusal();
    return filterFrom(*arguments, now);
}

}  // namespace waybill::cli
