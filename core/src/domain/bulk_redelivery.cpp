#include "waybill/bulk_redelivery.h"

#include "domain/fold_rules.h"

namespace waybill {

namespace {

class BulkFold {
public:
    BulkFold(BulkRedelivery& bulk, const RecordedEvent& recorded)
        : bulk_(bulk), recorded_(recorded) {}

    void operator()(const BulkRedeliveryRequested& event) {
        require(!bulk_.requested, "a bulk re-delivery is requested once");
        bulk_.id = recorded_.stream;
        bulk_.requested = true;
        bulk_.filter = event.filter;
        bulk_.matched = event.matched;
        bulk_.rate_per_minute = event.rate_per_minute;
        bulk_.reason = event.reason;
        bulk_.actor = recorded_.actor;
        bulk_.created_at = recorded_.recorded_at;
    }
    void operator()(const BulkRedeliveryPaused&) {
        require(running() && !bulk_.paused, "only a running bulk re-delivery is paused");
        bulk_.paused = true;
    }
    void operator()(const BulkRedeliveryResumed&) {
        require(running() && bulk_.paused, "only a paused bulk re-delivery is resumed");
        bulk_.paused = false;
    }
    void operator()(const BulkRedeliveryRefused& event) {
        require(running(), "only a bulk re-delivery under way passes deliveries over");
        bulk_.refused = event.refused;
    }
    void operator()(const BulkRedeliveryFinished& event) {
        require(running(), "a bulk re-delivery finishes once");
        bulk_.finished = true;
        bulk_.stopped = event.stopped;
        bulk_.done = event.done;
        bulk_.refused = event.refused;
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
    void operator()(const EndpointPaused&) { foreign(); }
    void operator()(const EndpointResumed&) { foreign(); }
    void operator()(const LogContinued&) { foreign(); }
    void operator()(const LossAccepted&) { foreign(); }
    void operator()(const AccessRecorded&) { foreign(); }
    void operator()(const UnknownEvent&) { bulk_.from_later_version = true; }

private:
    bool running() const { return bulk_.requested && !bulk_.finished; }
    void require(bool holds, const char* rule) const { requireRule(holds, recorded_, rule); }
    [[noreturn]] void foreign() const { refuseForeignEvent(recorded_, "a bulk re-delivery"); }

    BulkRedelivery& bulk_;
    const RecordedEvent& recorded_;
};

}  // namespace

BulkRedelivery fold(BulkRedelivery bulk, const RecordedEvent& event) {
    requireNextPosition(bulk.position, event);
    if (!bulk.from_later_version) std::visit(BulkFold(bulk, event), event.event);
    bulk.position = event.position;
    bulk.updated_at = event.recorded_at;
    return bulk;
}

}  // namespace waybill
