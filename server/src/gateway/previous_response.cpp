#include "gateway/previous_response.h"

#include "json/text.h"
#include "waybill/errors.h"
#include "waybill/json_quote.h"

namespace waybill::server {
namespace {

/// By what id the backend knows it; empty: by its own.
std::string backendIdOf(const std::string& id, const std::string& client,
                        const sqlite::ReadModel& model) {
    const std::optional<Response> response = model.findResponse(id);
    if (!response || response->client != client) return {};
    for (const EventView& event : model.streamEvents(response->id)) {
        if (event.type != "response_completed") continue;
        const std::vector<JsonMember> members = jsonMembers(event.data);
        if (const JsonMember* own = findMember(members, "backend_id"))
            return jsonStringValue(valueText(event.data, *own));
    }
    return {};
}

}  // namespace

std::string withBackendsPreviousId(std::string body, const std::string& client,
                                   const sqlite::ReadModel& model) {
    const std::vector<JsonMember> members = jsonMembers(body);
    const JsonMember* const previous = findMember(members, "previous_response_id");
    if (previous == nullptr || !isJsonString(valueText(body, *previous))) return body;
    try {
        const std::string own =
            backendIdOf(jsonStringValue(valueText(body, *previous)), client, model);
        if (own.empty()) return body;
        return applyEdits(body, {{previous->value_begin, previous->end, jsonQuote(own)}});
    } catch (const StoreUnavailable&) {
        return body;
    }
}

}  // namespace waybill::server
