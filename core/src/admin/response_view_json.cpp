#include "admin/json_reading.h"
#include "admin/json_writing.h"
#include "waybill/operator_views.h"

namespace waybill {

ResponseView viewOf(const Response& response, std::string delivery_status) {
    ResponseView view;
    view.id = response.object_id.empty() ? response.id : response.object_id;
    view.stream = response.id;
    view.kind = response.kind;
    view.model = response.model;
    view.client = response.client;
    view.status = response.status;
    view.background = response.background;
    view.created_at = response.created_at;
    view.updated_at = response.updated_at;
    view.delivery = response.delivery;
    view.delivery_status = std::move(delivery_status);
    if (response.state == ResponseState::kDeleted) view.status = "deleted";
    if (response.state == ResponseState::kCallFailed) view.status = "error";
    const bool over =
        response.state == ResponseState::kCompleted || response.state == ResponseState::kCallFailed;
    // What was erased since has changed later than it was over.
    if (over && !response.payload_erased) view.finished_at = response.updated_at;
    if (response.payload_position != 0) {
        view.payload_bytes = response.payload_bytes;
        view.payload_sha256 = toHex(response.payload_digest);
    }
    return view;
}

std::string toJson(const ResponseView& response) {
    std::string text;
    JsonWriter out(text);
    out.member("id", response.id);
    out.member("stream", response.stream);
    out.member("kind", response.kind);
    json::textOrNull(out, "model", response.model);
    out.member("client", response.client);
    out.member("status", response.status);
    out.member("background", response.background);
    out.member("created_at", response.created_at);
    out.member("updated_at", response.updated_at);
    json::timeOrNull(out, "finished_at", response.finished_at);
    json::timeOrNull(out, "expires_at", response.expires_at);
    if (response.payload_sha256.empty()) {
        out.null("payload");
    } else {
        out.object("payload", [&](JsonWriter& payload) {
            payload.member("bytes", response.payload_bytes);
            payload.member("sha256", response.payload_sha256);
        });
    }
    if (response.delivery.empty()) {
        out.null("callback");
    } else {
        out.object("callback", [&](JsonWriter& callback) {
            callback.member("delivery", response.delivery);
            json::textOrNull(callback, "status", response.delivery_status);
        });
    }
    if (response.ignored_code.empty()) {
        out.null("callback_ignored");
    } else {
        out.object("callback_ignored", [&](JsonWriter& ignored) {
            ignored.member("code", response.ignored_code);
            ignored.member("reason", response.ignored_reason);
        });
    }
    json::textOrNull(out, "reason", response.reason);
    out.close();
    return text;
}

ResponseView responseViewFrom(const Json& value) {
    ResponseView response;
    response.id = json::text(value, "id");
    response.stream = json::text(value, "stream");
    response.kind = json::text(value, "kind");
    response.model = json::textOrNull(value, "model");
    response.client = json::text(value, "client");
    response.status = json::text(value, "status");
    response.background = json::truth(value, "background");
    response.created_at = json::time(value, "created_at");
    response.updated_at = json::time(value, "updated_at");
    response.finished_at = json::timeOrNull(value, "finished_at");
    response.expires_at = json::timeOrNull(value, "expires_at");
    const Json& payload = json::member(value, "payload");
    if (!payload.is_null()) {
        response.payload_bytes = json::number<std::uint64_t>(payload, "bytes");
        response.payload_sha256 = json::text(payload, "sha256");
    }
    const Json& callback = json::member(value, "callback");
    if (!callback.is_null()) {
        response.delivery = json::text(callback, "delivery");
        response.delivery_status = json::textOrNull(callback, "status");
    }
    // Older daemons say neither.
    if (const auto ignored = value.find("callback_ignored");
        ignored != value.end() && !ignored->is_null()) {
        response.ignored_code = json::text(*ignored, "code");
        response.ignored_reason = json::text(*ignored, "reason");
    }
    if (value.contains("reason")) response.reason = json::textOrNull(value, "reason");
    return response;
}

ResponseView responseViewFromJson(std::string_view json) {
    return responseViewFrom(parseJson(json));
}

}  // namespace waybill
