#include "cli/filter.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "waybill/listing_rules.h"

namespace waybill::cli {
namespace {

/// `--http-status` of `http_status`
std::string optionOf(std::string_view name) {
    std::string option = "--" + std::string(name);
    std::replace(option.begin(), option.end(), '_', '-');
    return option;
}

/// Sets every filter that is given, by the daemon's own rules; times may be said as how long ago.
template <typename Filter>
Result<Filter> readFilter(const Arguments& arguments, Timestamp now,
                          std::span<const std::string_view> names) {
    Filter filter;
    for (const std::string_view name : names) {
        const std::string option = optionOf(name);
        auto value = arguments.value(option);
        if (!value) continue;
        if (name == "since" || name == "until") {
            const auto time = arguments.time(option, now);
            if (!time.ok()) return time.refusal();
            value = formatTimestamp(**time);
        }
        if (auto refusal = setFilter(filter, name, *value))
            return Refusal{RefusalCode::kInvalid,
                           option + " cannot be \"" + *value + "\": " + refusal->message, option};
    }
    return filter;
}

}  // namespace

Result<DeliveryFilter> filterFrom(const Arguments& arguments, Timestamp now) {
    return readFilter<DeliveryFilter>(arguments, now, deliveryFilterNames());
}

Result<ResponseFilter> responseFilterFrom(const Arguments& arguments, Timestamp now) {
    return readFilter<ResponseFilter>(arguments, now, responseFilterNames());
}

Result<DeliveryFilter> filterFromText(const std::string& text, Timestamp now) {
    const auto names = deliveryFilterNames();
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
        if (std::find(names.begin(), names.end(), name) == names.end())
            return Refusal{RefusalCode::kInvalid, unknownName("filter", name, names), {}};
        words.push_back(optionOf(name) + pair.substr(name.size()));
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
