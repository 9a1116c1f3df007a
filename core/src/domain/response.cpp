#include "waybill/response.h"

#include "domain/enum_names.h"
#include "domain/fold_rules.h"

namespace waybill {

namespace {

constexpr EnumNames<ResponseState, 5> kStates{
    {"none", "created", "completed", "call_failed", "deleted"}};

class ResponseFold {
public:
    ResponseFold(Response& response, const RecordedEvent& recorded)
        : response_(response), recorded_(recorded) {}

    void operator()(const ResponseCreated& event) {
        const bool again = response_.state == ResponseState::kCreated && response_.background;
        require(again || response_.state == ResponseState::kNone,
                "a response is created once, or again while it runs in the background");
        require(event.run == response_.run + 1, "runs are numbered without a gap");
        if (!again) {
            response_.id = recorded_.stream;
            response_.kind = event.kind;
            response_.client = event.client;
            response_.model = event.model;
            response_.background = event.background;
            if (event.background) response_.object_id = recorded_.stream;
            response_.created_at = recorded_.recorded_at;
            response_.created_position = recorded_.global_position;
        }
        response_.state = ResponseState::kCreated;
        response_.status = event.background ? "queued" : "in_progress";
        response_.run = event.run;
    }

    void operator()(const ResponseCompleted& event) {
        require(response_.state == ResponseState::kCreated,
                "a response is completed once, after it was created");
        response_.status = event.status;
        response_.delivery = event.delivery;
        if (!event.object_id.empty()) response_.object_id = event.object_id;
        if (!event.payload_digest) {
            response_.state = ResponseState::kCallFailed;
            return;
        }
        response_.state = ResponseState::kCompleted;
        response_.payload_digest = *event.payload_digest;
        response_.payload_bytes = event.payload_bytes;
        response_.payload_position = recorded_.global_position;
    }

    void operator()(const ResponseDeleted&) {
        require(response_.state == ResponseState::kCreated ||
                    response_.state == ResponseState::kCompleted,
                "only a response that exists is deleted");
        response_.state = ResponseState::kDeleted;
    }

    void operator()(const CallbackIgnored&) {
        require(response_.state == ResponseState::kCreated,
                "a callback is ignored while its response is being made");
    }

    void operator()(const CallbackRequested& event) {
        require(response_.state == ResponseState::kCompleted && !response_.payload_erased,
                "only an object that is stored is sent later");
        response_.delivery = event.delivery;
    }

    void operator()(const PayloadErased&) {
        require(response_.payload_position != 0, "only an object that was stored is erased");
        require(!response_.payload_erased, "a payload is erased once");
        response_.payload_erased = true;
    }

    void operator()(const DeliveryAccepted&) { foreign(); }
    void operator()(const AttemptStarted&) { foreign(); }
    void operator()(const AttemptSucceeded&) { foreign(); }
    void operator()(const AttemptFailed&) { foreign(); }
    void operator()(const AttemptAbandoned&) { foreign(); }
    void operator()(const RedeliveryRequested&) { foreign(); }
    void operator()(const DeliveryCancelled&) { foreign(); }
    void operator()(const EndpointPaused&) { foreign(); }
    void operator()(const EndpointResumed&) { foreign(); }
    void operator()(const BulkRedeliveryRequested&) { foreign(); }
    void operator()(const BulkRedeliveryPaused&) { foreign(); }
    void operator()(const BulkRedeliveryResumed&) { foreign(); }
    void operator()(const BulkRedeliveryRefused&) { foreign(); }
    void operator()(const BulkRedeliveryFinished&) { foreign(); }
    void operator()(const LogContinued&) { foreign(); }
    void operator()(const LossAccepted&) { foreign(); }
    void operator()(const AccessRecorded&) { foreign(); }
    void operator()(const UnknownEvent&) { response_.from_later_version = true; }

private:
    void require(bool holds, const char* rule) const { requireRule(holds, recorded_, rule); }
    [[noreturn]] void foreign() const { refuseForeignEvent(recorded_, "a response"); }

    Response& response_;
    const RecordedEvent& recorded_;
};

}  // namespace

std::string_view toString(ResponseState state) noexcept {
    return kStates.of(state);
}

Response fold(Response response, const RecordedEvent& event) {
    requireNextPosition(response.position, event);
    if (!response.from_later_version) std::visit(ResponseFold(response, event), event.event);
    response.position = event.position;
    // That it is sent later changes nothing of the response: retention counts as before.
    if (!std::holds_alternative<CallbackRequested>(event.event))
        response.updated_at = event.recorded_at;
    return response;
}

}  // namespace waybill
