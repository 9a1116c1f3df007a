#include "operator/body_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "waybill/excerpt.h"
#include "waybill/json_check.h"
#include "waybill/nearest_name.h"

namespace waybill::server {
namespace {

template <typename Number>
std::optional<Number> numberIn(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (stopped != end || error != std::errc()) return std::nullopt;
    return number;
}

}  // namespace

BodyReader::BodyReader(std::string_view body, const std::vector<std::string_view>& known,
                       std::string prefix)
    : body_(body), prefix_(std::move(prefix)) {
    if (!body_.empty()) readMembers(known);
}

void BodyReader::readMembers(const std::vector<std::string_view>& known) {
    if (const auto problem = checkJson(body_)) {
        return fail("", "The body is not JSON that can be used: " + problem->message + ".");
    }
    body_.remove_prefix(body_.find_first_not_of(" \t\r\n"));
    if (!isJsonObject(body_)) {
        return fail("", "The body must be a JSON object.");
    }
    members_ = jsonMembers(body_);
    for (const JsonMember& member : members_) {
        if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
        const std::string nearest = nearestName(member.key, known);
        return fail(excerpt(member.key),
                    "There is no member " + prefix_ + excerpt(member.key) + " here" +
                        (nearest.empty() ? "." : "; did you mean " + nearest + "?"));
    }
}

std::optional<std::string> BodyReader::text(std::string_view name) {
    const auto said = value(name);
    if (!said) return std::nullopt;
    if (isJsonString(*said)) return jsonStringValue(*said);
    fail(name, prefix_ + std::string(name) + " must be a string.");
    return std::nullopt;
}

bool BodyReader::flag(std::string_view name) {
    const auto said = value(name);
    if (said && *said != "true" && *said != "false")
        fail(name, prefix_ + std::string(name) + " must be true or false.");
    return said == "true";
}

std::optional<double> BodyReader::number(std::string_view name) {
    const auto said = value(name);
    if (!said) return std::nullopt;
    const auto number = numberIn<double>(*said);
    if (number && std::isfinite(*number)) return number;
    fail(name, prefix_ + std::string(name) + " must be a number.");
    return std::nullopt;
}

std::optional<std::uint64_t> BodyReader::count(std::string_view name) {
    const auto said = value(name);
    if (!said) return std::nullopt;
    const auto number = numberIn<std::uint64_t>(*said);
    if (!number) fail(name, prefix_ + std::string(name) + " must be a whole number.");
    return number;
}

std::optional<std::string_view> BodyReader::object(std::string_view name) {
    const auto said = value(name);
    if (!said || isJsonObject(*said)) return said;
    fail(name, prefix_ + std::string(name) + " must be an object.");
    return std::nullopt;
}

void BodyReader::fail(std::string_view name, std::string message) {
    if (problem_) return;
    problem_ = Refusal{RefusalCode::kInvalid, std::move(message),
                       name.empty() ? "" : prefix_ + std::string(name)};
}

std::optional<std::string_view> BodyReader::value(std::string_view name) const {
    if (problem_) return std::nullopt;
    const JsonMember* const member = findMember(members_, name);
    if (member == nullptr) return std::nullopt;
    const std::string_view said = valueText(body_, *member);
    return said == "null" ? std::nullopt : std::optional(said);
}

}  // namespace waybill::server
