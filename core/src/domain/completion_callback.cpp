#include "waybill/completion_callback.h"

#include <algorithm>
#include <vector>

#include "waybill/json_check.h"
#include "waybill/json_text.h"

namespace waybill {
namespace {

// Whoever asks has checked the request as strictly as it likes; here counts what can be read at
// all.
constexpr JsonLimits kLimits{.max_depth = 64, .unique_keys = false, .lone_surrogates = true};

/// What stands under one of the two keys.
struct Found {
    enum class Type { kAbsent, kString, kOther } type = Type::kAbsent;
    std::string text;
};

Found valueUnder(std::string_view key, std::string_view json,
                 const std::vector<JsonMember>& members) {
    // Of a key that comes twice the last one counts.
    const auto member = std::find_if(members.rbegin(), members.rend(),
                                     [&](const JsonMember& one) { return one.key == key; });
    const std::string_view value = member == members.rend() ? "null" : valueText(json, *member);
    if (value == "null") return {};
    if (!isJsonString(value)) return {Found::Type::kOther, {}};
    return {Found::Type::kString, jsonStringValue(value)};
}

CompletionCallback ignored(std::string code, std::string reason) {
    return {std::nullopt, Unusable{std::move(code), std::move(reason)}};
}

}  // namespace

CompletionCallback readCompletionCallback(std::string_view metadata_json,
                                          const AddressPolicy& policy) {
    if (checkJson(metadata_json, kLimits)) return {};
    const std::vector<JsonMember> members = jsonMembers(metadata_json);
    Found url = valueUnder(kCallbackUrlKey, metadata_json, members);
    Found token = valueUnder(kCallbackTokenKey, metadata_json, members);
    if (url.type == Found::Type::kOther)
        return ignored("url_type", "completion_webhook is not a string.");
    if (url.type == Found::Type::kAbsent) return {};
    if (token.type == Found::Type::kOther)
        return ignored("token_type", "webhook_token is not a string.");
    if (auto unusable = parseCallbackUrl(url.text, policy).unusable)
        return {std::nullopt, std::move(unusable)};
    if (auto unusable = checkToken(token.text)) return {std::nullopt, std::move(unusable)};
    return {Destination{std::move(url.text), std::move(token.text)}, std::nullopt};
}

}  // namespace waybill
