#include "llm/response_object.h"

#include <algorithm>
#include <array>

#include "llm/previous_response.h"
#include "waybill/json_check.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

using Members = std::vector<JsonMember>;

// Backends may nest more deeply than clients, and repeat keys if they like: it is their object.
constexpr JsonLimits kObjectLimits{.max_depth = 512, .unique_keys = false, .lone_surrogates = true};

constexpr std::size_t kMaxIdLength = 256;

bool isUsableId(std::string_view id) {
    return !id.empty() && id.size() <= kMaxIdLength &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// OpenAI API reference, "The response object".
constexpr std::array<std::string_view, 6> kStatuses = {"completed", "failed", "incomplete",
                                                       "cancelled", "queued", "in_progress"};

/// What a string member says, or empty.
std::string stringMember(std::string_view json, const Members& members, std::string_view key) {
    const JsonMember* member = findMember(members, key);
    if (member == nullptr || !isJsonString(valueText(json, *member))) return {};
    return jsonStringValue(valueText(json, *member));
}

}  // namespace

std::string withMember(std::string_view object, std::string_view key, std::string_view value) {
    return applyEdits(object, {assignmentOf(object, jsonMembers(object), key, value)});
}

std::optional<ObjectFacts> readObject(ApiKind api, std::string_view json) {
    if (checkJson(json, kObjectLimits)) return std::nullopt;
    const Members members = jsonMembers(json);
    if (members.empty()) return std::nullopt;
    ObjectFacts facts;
    facts.id = stringMember(json, members, "id");
    if (!isUsableId(facts.id)) facts.id.clear();
    facts.status = "completed";
    if (api != ApiKind::kResponses) return facts;
    const std::string status = stringMember(json, members, "status");
    if (isResponseStatus(status))
        facts.status = status;
    else if (saysError(json))
        facts.status = "failed";
    return facts;
}

bool isResponseStatus(std::string_view status) {
    return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

bool saysError(std::string_view json) {
    // Backends that always write the member write one of these when there is no error.
    constexpr std::array<std::string_view, 7> kNone = {"",     "null", "false", "0",
                                                       "\"\"", "{}",   "[]"};
    const Members members = jsonMembers(json);
    const JsonMember* error = findMember(members, "error");
    return error != nullptr &&
           std::find(kNone.begin(), kNone.end(), valueText(json, *error)) == kNone.end();
}

std::string finishObject(ApiKind api, std::string json, const ObjectFacts& facts,
                         const std::string& id, const CreateRequest& request) {
    if (facts.id.empty())
        json = withMember(json, "id", jsonQuote(id));
    else if (facts.id != id)
        json = applyEdits(json, replacementOfStrings(json, facts.id, id));
    if (request.background) json = withMember(json, "background", "true");
    if (api == ApiKind::kResponses && request.echoed_metadata)
        json = withMember(json, "metadata", *request.echoed_metadata);
    if (request.previous) json = withClientsPreviousId(std::move(json), *request.previous);
    return json;
}

std::string writeResponseObject(const ResponseParts& parts, std::string_view request_body) {
    const Members members = jsonMembers(request_body);
    std::string json = "{\"id\":" + jsonQuote(parts.id);
    const auto member = [&](std::string_view key, std::string_view value) {
        json.append(",\"").append(key).append("\":").append(value);
    };
    const auto asked = [&](std::string_view key, std::string_view otherwise) {
        const JsonMember* found = findMember(members, key);
        const std::string_view value = found ? valueText(request_body, *found) : "null";
        member(key, value == "null" ? otherwise : value);
    };
    member("object", "\"response\"");
    member("created_at", std::to_string(parts.created_at));
    member("status", jsonQuote(parts.status));
    member("background", parts.background ? "true" : "false");
    member("error", "null");
    member("incomplete_details", "null");
    asked("instructions", "null");
    asked("max_output_tokens", "null");
    asked("model", "\"\"");
    member("output", parts.output);
    asked("parallel_tool_calls", "true");
    asked("previous_response_id", "null");
    asked("reasoning", R"({"effort":null,"summary":null})");
    asked("store", "true");
    asked("temperature", "1.0");
    asked("text", R"({"format":{"type":"text"}})");
    asked("tool_choice", "\"auto\"");
    asked("tools", "[]");
    asked("top_p", "1.0");
    asked("truncation", "\"disabled\"");
    member("usage", parts.usage);
    asked("user", "null");
    asked("metadata", "{}");
    return json += '}';
}

namespace {

std::string objectOf(const CreateRequest& request, const std::string& id, std::int64_t created_at,
                     std::string_view status) {
    ResponseParts parts;
    parts.id = id;
    parts.created_at = created_at;
    parts.status = status;
    parts.background = request.background;
    std::string json = writeResponseObject(parts, request.body);
    if (request.echoed_metadata) json = withMember(json, "metadata", *request.echoed_metadata);
    return json;
}

}  // namespace

std::string queuedObject(const std::string& id, std::int64_t created_at,
                         const CreateRequest& request) {
    return objectOf(request, id, created_at, "queued");
}

std::string unansweredObject(const std::string& id, std::int64_t created_at,
                             const CreateRequest& request) {
    return objectOf(request, id, created_at, "in_progress");
}

std::optional<std::string> metadataIn(std::string_view object) {
    const Members members = jsonMembers(object);
    const JsonMember* member = findMember(members, "metadata");
    if (member == nullptr) return std::nullopt;
    return std::string(valueText(object, *member));
}

std::string failedObject(std::string_view object, const BackendError& error) {
    return withMember(withMember(object, "status", R"("failed")"), "error", toJson(error));
}

std::string failedObject(std::string_view object, std::string_view message) {
    return failedObject(object, BackendError{std::string(message)});
}

std::string cancelledObject(std::string_view object) {
    return withMember(object, "status", R"("cancelled")");
}

}  // namespace waybill::server
