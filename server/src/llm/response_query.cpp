#include "llm/response_query.h"

#include <charconv>
#include <set>

#include "http/percent.h"
#include "waybill/excerpt.h"

namespace waybill::server {
namespace {

Result<bool> flag(const std::string& name, const std::string& value) {
    if (value == "true") return true;
    if (value == "false") return false;
    return Refusal::invalid(name, name + " must be true or false.");
}

Result<std::int64_t> number(const std::string& name, const std::string& value) {
    std::int64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, number);
    if (value.empty() || stopped != end || error != std::errc() || number < 0)
        return Refusal::invalid(name, name + " must be a whole number from 0 on.");
    return number;
}

Refusal unknown(const std::string& name) {
    return Refusal::invalid(excerpt(name), "There is no parameter " + excerpt(name) + " here.");
}

Refusal malformed() {
    return {RefusalCode::kInvalid, "The URL's query has a malformed escape.", ""};
}

}  // namespace

Result<ResponseQuery> parseResponseQuery(std::string_view query) {
    const std::optional<QueryParameters> parameters = parseQuery(query);
    if (!parameters) return malformed();
    ResponseQuery parsed;
    std::set<std::string> seen;
    for (const auto& [name, value] : *parameters) {
        if (name == "include" || name == "include[]") continue;
        if (!seen.insert(name).second)
            return Refusal::invalid(excerpt(name), excerpt(name) + " is given twice.");
        if (name == "stream" || name == "include_obfuscation") {
            const Result<bool> said = flag(name, value);
            if (!said) return said.refusal();
            if (name == "stream") parsed.stream = *said;
        } else if (name == "starting_after") {
            const Result<std::int64_t> after = number(name, value);
            if (!after) return after.refusal();
            parsed.starting_after = *after;
        } else {
            return unknown(name);
        }
    }
    return parsed;
}

std::optional<Refusal> refusalOfQuery(std::string_view query) {
    const std::optional<QueryParameters> parameters = parseQuery(query);
    if (!parameters) return malformed();
    if (parameters->empty()) return std::nullopt;
    return unknown(parameters->front().first);
}

}  // namespace waybill::server
