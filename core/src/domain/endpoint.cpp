#include "waybill/endpoint.h"

#include "domain/fold_rules.h"

namespace waybill {

namespace {

class EndpointFold {
public:
    EndpointFold(EndpointState& endpoint, const RecordedEvent& recorded)
        : endpoint_(endpoint), recorded_(recorded) {}

    void operator()(const EndpointPaused& event) {
        require(!endpoint_.paused, "only a running endpoint is paused");
        set(true, event.reason);
    }
    void operator()(const EndpointResumed& event) {
        require(endpoint_.paused, "only a paused endpoint is resumed");
        set(false, event.reason);
    }

    void operator()(const DeliveryAccepted&) { foreign(); }
    void operator()(const AttemptStarted&) { foreign(); }
    void operator()(const AttemptSucceeded&) { foreign(); }
    void operator()(const AttemptFailed&) { foreign(); }
    void operator()(const AttemptAbandoned&) { foreign(); }
    void operator()(const RedeliveryRequested&) { foreign(); }
    void operator()(const DeliveryCancelled&) { foreign(); }
    void operator()(const ResponseCreated&) { foreign(); }
    void operator()(const ResponseCompleted&) { foreign(); }
    void operator()(const ResponseDeleted&) { foreign(); }
    void operator()(const CallbackIgnored&) { foreign(); }
    void operator()(const CallbackRequested&) { foreign(); }
    void operator()(const PayloadErased&) { foreign(); }
    void operator()(const BulkRedeliveryRequested&) { foreign(); }
    void operator()(const BulkRedeliveryPaused&) { foreign(); }
    void operator()(const BulkRedeliveryResumed&) { foreign(); }
    void operator()(const BulkRedeliveryRefused&) { foreign(); }
    void operator()(const BulkRedeliveryFinished&) { foreign(); }
    void operator()(const LogContinued&) { foreign(); }
    void operator()(const LossAccepted&) { foreign(); }
    void operator()(const AccessRecorded&) { foreign(); }
    void operator()(const UnknownEvent&) { endpoint_.from_later_version = true; }

private:
    void require(bool holds, const char* rule) const { requireRule(holds, recorded_, rule); }
    [[noreturn]] void foreign() const { refuseForeignEvent(recorded_, "an endpoint"); }

    void set(bool paused, const std::string& reason) {
        endpoint_.id = recorded_.stream;
        endpoint_.paused = paused;
        endpoint_.reason = reason;
        endpoint_.actor = recorded_.actor;
    }

    EndpointState& endpoint_;
    const RecordedEvent& recorded_;
};

}  // namespace

EndpointState fold(EndpointState endpoint, const RecordedEvent& event) {
    requireNextPosition(endpoint.position, event);
    if (!endpoint.from_later_version) std::visit(EndpointFold(endpoint, event), event.event);
    endpoint.position = event.position;
    endpoint.updated_at = event.recorded_at;
    return endpoint;
}

}  // namespace waybill
