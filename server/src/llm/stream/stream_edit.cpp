#include "llm/stream/stream_edit.h"

#include "llm/previous_response.h"
#include "llm/response_object.h"
#include "waybill/json_quote.h"
#include "waybill/json_text.h"

namespace waybill::server {
namespace {

/// The member of an event that holds the object or its head; empty: the event is it.
std::string_view objectKey(ApiKind api) {
    switch (api) {
        case ApiKind::kResponses:
            return "response";
        case ApiKind::kMessages:
            return "message";
        case ApiKind::kChatCompletions:
            break;
    }
    return {};
}

/// The object that the event carries; empty where it carries none.
std::string_view objectIn(ApiKind api, const StreamEvent& event) {
    const std::string_view key = objectKey(api);
    if (!key.empty()) return isJsonObject(event.value(key)) ? event.value(key) : "";
    // Some backends begin with a chunk about the prompt, without choices and without an id.
    return jsonElements(event.value("choices")).empty() && event.text("id").empty() ? ""
                                                                                    : event.data();
}

std::string editedObject(std::string object, ApiKind api, const StreamEdit& edit) {
    if (edit.new_id && edit.old_id.empty())
        object = withMember(object, "id", jsonQuote(*edit.new_id));
    if (edit.metadata && api == ApiKind::kResponses)
        object = withMember(object, "metadata", *edit.metadata);
    if (edit.previous && api == ApiKind::kResponses)
        object = withClientsPreviousId(std::move(object), *edit.previous);
    return object;
}

}  // namespace

std::optional<std::string> objectIdIn(ApiKind api, const StreamEvent& event) {
    const std::string_view object = event.isObject() ? objectIn(api, event) : "";
    if (object.empty()) return std::nullopt;
    const auto facts = readObject(api, object);
    return facts ? facts->id : "";
}

std::optional<std::string> editedData(ApiKind api, std::string_view data, const StreamEdit& edit) {
    if (!StreamEvent(data).isObject()) return std::nullopt;
    std::string edited;
    if (edit.new_id && !edit.old_id.empty()) {
        auto ids = replacementOfStrings(data, edit.old_id, *edit.new_id);
        if (!ids.empty()) data = edited = applyEdits(data, std::move(ids));
    }
    const StreamEvent event(data);
    const std::string_view object = objectIn(api, event);
    const bool gives_id = edit.new_id && edit.old_id.empty();
    if (!object.empty() && (gives_id || edit.metadata || edit.previous)) {
        const auto begin = static_cast<std::size_t>(object.data() - data.data());
        std::string made = editedObject(std::string(object), api, edit);
        return applyEdits(data, {{begin, begin + object.size(), std::move(made)}});
    }
    if (edited.empty()) return std::nullopt;
    return edited;
}

}  // namespace waybill::server
