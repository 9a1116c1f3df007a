#include "llm/create_request.h"

#include "waybill/json_check.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

using Members = std::vector<JsonMember>;

/// The member's value, empty where it is absent or null.
std::string_view valueOf(std::string_view body, const Members& members, std::string_view key) {
    const JsonMember* member = findMember(members, key);
    const std::string_view value = member == nullptr ? "" : valueText(body, *member);
    return value == "null" ? "" : value;
}

/// False where it is absent.
Result<bool> flag(std::string_view body, const Members& members, std::string_view key) {
    const std::string_view value = valueOf(body, members, key);
    if (value.empty() || value == "false") return false;
    if (value == "true") return true;
    return Refusal::invalid(std::string(key), std::string(key) + " must be true or false.");
}

/// Takes the webhook keys out of what goes to the backend and the token out of what is echoed.
void separateMetadata(std::string_view body, const Members& members, CreateRequest& request,
                      std::vector<std::string_view>& removed, std::vector<TextEdit>& edits) {
    const JsonMember* member = findMember(members, "metadata");
    const std::string_view metadata = valueText(body, *member);
    const Members entries = jsonMembers(metadata);
    if (!findMember(entries, kCallbackUrlKey) && !findMember(entries, kCallbackTokenKey)) return;
    request.echoed_metadata = applyEdits(metadata, removalOf(entries, {kCallbackTokenKey}));

    std::vector<TextEdit> inner = removalOf(entries, {kCallbackUrlKey, kCallbackTokenKey});
    if (jsonMembers(applyEdits(metadata, inner)).empty()) {
        removed.push_back("metadata");
        return;
    }
    for (TextEdit& edit : inner) {
        edit.begin += member->value_begin;
        edit.end += member->value_begin;
        edits.push_back(std::move(edit));
    }
}

}  // namespace

std::vector<std::string> secretsOf(const std::optional<Destination>& callback) {
    if (!callback) return {};
    return {callback->token};
}

Result<CreateRequest> parseCreateRequest(ApiKind api, std::string_view body,
                                         const AddressPolicy& policy) {
    if (const auto problem = checkJson(body))
        return Refusal::invalid("", "The body is not JSON that can be used: " + problem->message +
                                        " (at byte " + std::to_string(problem->offset) + ").");
    const Members members = jsonMembers(body);
    if (members.empty())
        return Refusal::invalid("", "The body must be a JSON object with members.");

    CreateRequest request;
    const std::string_view model = valueOf(body, members, "model");
    if (!model.empty() && !isJsonString(model))
        return Refusal::invalid("model", "model must be a string.");
    if (!model.empty()) request.model = jsonStringValue(model);

    const Result<bool> stream = flag(body, members, "stream");
    if (!stream) return stream.refusal();
    std::vector<std::string_view> removed;
    if (api == ApiKind::kResponses) {
        const Result<bool> background = flag(body, members, "background");
        if (!background) return background.refusal();
        request.background = *background;
        if (request.background) removed.push_back("background");
    }
    if (*stream && request.background)
        return Refusal::invalid("stream",
                                "background and stream exclude one another: poll for the result, "
                                "or give a completion_webhook.");
    request.stream = *stream;

    std::vector<TextEdit> edits;
    const std::string_view metadata = valueOf(body, members, "metadata");
    if (!metadata.empty()) {
        if (!isJsonObject(metadata))
            return Refusal::invalid("metadata", "metadata must be an object.");
        request.callback = readCompletionCallback(metadata, policy);
        separateMetadata(body, members, request, removed, edits);
    }
    for (TextEdit& edit : removalOf(members, removed))
        edits.push_back(std::move(edit));
    request.body = applyEdits(body, std::move(edits));
    return request;
}

}  // namespace waybill::server
