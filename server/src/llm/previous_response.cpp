#include "llm/previous_response.h"

#include "waybill/errors.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

constexpr std::string_view kMember = "previous_response_id";

/// What the member says; empty where there is none.
std::string idIn(std::string_view object) {
    const std::vector<JsonMember> members = jsonMembers(object);
    const JsonMember* const member = findMember(members, kMember);
    if (member == nullptr || !isJsonString(valueText(object, *member))) return {};
    return jsonStringValue(valueText(object, *member));
}

std::string replaced(std::string object, std::string_view id) {
    const std::vector<JsonMember> members = jsonMembers(object);
    const JsonMember* const member = findMember(members, kMember);
    return applyEdits(object, {{member->value_begin, member->end, jsonQuote(id)}});
}

}  // namespace

std::string backendIdOf(const Response& response, const sqlite::ReadModel& model) {
    for (const EventView& event : model.streamEvents(response.id)) {
        if (event.type != "response_completed") continue;
        const std::vector<JsonMember> members = jsonMembers(event.data);
        if (const JsonMember* own = findMember(members, "backend_id"))
            return jsonStringValue(valueText(event.data, *own));
    }
    return {};
}

std::optional<PreviousId> findPreviousId(std::string_view body, const std::string& client,
                                         const sqlite::ReadModel& model) {
    std::string clients = idIn(body);
    if (clients.empty()) return std::nullopt;
    try {
        const std::optional<Response> response = model.findResponse(clients);
        if (!response || response->client != client) return std::nullopt;
        std::string backends = backendIdOf(*response, model);
        if (backends.empty()) return std::nullopt;
        return PreviousId{std::move(clients), std::move(backends)};
    } catch (const StoreUnavailable&) {
        return std::nullopt;
    }
}

std::optional<PreviousId> previousIdBetween(std::string_view backends_body,
                                            std::string_view clients_object) {
    std::string clients = idIn(clients_object);
    std::string backends = idIn(backends_body);
    if (clients.empty() || backends.empty() || clients == backends) return std::nullopt;
    return PreviousId{std::move(clients), std::move(backends)};
}

std::string withBackendsPreviousId(std::string body, const PreviousId& previous) {
    return replaced(std::move(body), previous.backends);
}

std::string withClientsPreviousId(std::string object, const PreviousId& previous) {
    if (idIn(object) != previous.backends) return object;
    return replaced(std::move(object), previous.clients);
}

}  // namespace waybill::server
