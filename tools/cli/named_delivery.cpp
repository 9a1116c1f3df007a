#include "cli/named_delivery.h"

#include <set>

#include "cli/command.h"
#include "waybill/event_codec.h"
#include "waybill/excerpt.h"
#include "waybill/in_words.h"

namespace waybill::cli {
namespace {

constexpr std::uint32_t kMostNamed = 20;

/// The delivery that a response's stream says sends its object; empty: none.
StreamId callbackIn(const std::vector<EventView>& events) {
    StreamId delivery;
    for (const EventView& view : events) {
        const Event event = decodeData(view.type, view.data, view.stream, view.position);
        if (const auto* completed = std::get_if<ResponseCompleted>(&event))
            delivery = completed->delivery;
        if (const auto* requested = std::get_if<CallbackRequested>(&event))
            delivery = requested->delivery;
    }
    return delivery;
}

}  // namespace

Result<std::vector<StreamId>> deliveriesNamed(AdminApi& api, const std::string& id) {
    if (id.starts_with(kDeliveryPrefix)) return std::vector<StreamId>{id};
    DeliveryFilter about;
    about.subject = id;
    const auto found = api.deliveries(about, kMostNamed, "");
    if (!found.ok()) return found.refusal();
    std::vector<StreamId> ids;
    for (const DeliveryView& delivery : found->data)
        ids.push_back(delivery.id);
    if (!ids.empty()) return ids;
    const auto events = api.deliveryEvents(id);
    const StreamId callback = events.ok() ? callbackIn(events->data) : StreamId();
    if (!callback.empty()) ids.push_back(callback);
    return ids;
}

std::string whyNoDelivery(AdminApi& api, const std::string& id) {
    const auto events = api.deliveryEvents(id);
    const std::string why = events.ok() ? noCallbackInWords(events->data) : "";
    if (!why.empty()) return id + " has no delivery. " + why;
    std::string message = "There is no delivery with the id or the subject " + excerpt(id) + ".";
    if (id.starts_with(kResponsePrefix))
        message +=
            " No response with this id is in the log either: it was not made here, or while the "
            "log could not be written.";
    return message;
}

Result<StreamId> deliveryNamed(AdminApi& api, const std::string& id) {
    const auto ids = deliveriesNamed(api, id);
    if (!ids.ok()) return ids.refusal();
    if (ids->size() == 1) return ids->front();
    if (ids->empty()) return Refusal{RefusalCode::kNotFound, whyNoDelivery(api, id), {}};
    std::string message = id + " is the subject of several deliveries; name one of them:";
    for (const StreamId& each : *ids)
        message += " " + each;
    return Refusal{RefusalCode::kInvalid, message, {}};
}

int actOnEach(AdminApi& api, const std::vector<std::string>& ids, Console& console,
              const std::function<Result<DeliveryView>(const StreamId&)>& act,
              const std::function<void(const DeliveryView&)>& show,
              const std::function<Result<DeliveryView>(const std::string&)>& otherwise) {
    int code = kDone;
    std::set<StreamId> seen;
    for (const std::string& id : ids) {
        const auto named = deliveryNamed(api, id);
        if (named.ok() && !seen.insert(*named).second) continue;
        const bool none = !named.ok() && named.refusal().code == RefusalCode::kNotFound;
        const auto delivery = named.ok()          ? act(*named)
                              : none && otherwise ? otherwise(id)
                                                  : named.refusal();
        if (delivery.ok()) {
            show(*delivery);
        } else {
            console.complain(id + ": " + delivery.refusal().message);
            code = kFailed;
        }
    }
    return code;
}

}  // namespace waybill::cli
