#include "bench/transport_contender.h"

#include <Poco/Exception.h>

#include "bench/library_path.h"
#include "bench/payload.h"

namespace waybill::bench {

TransportContender::TransportContender(std::vector<std::string> urls, const std::string& ca_file,
                                       std::size_t in_flight, std::size_t payload_bytes)
    : urls_(std::move(urls)),
      in_flight_(in_flight),
      payload_(makeBytes(makePayload(payload_bytes, {}))),
      transport_(makeHttpTransport(loopbackTransport(ca_file))) {}

Load TransportContender::run(std::chrono::nanoseconds duration) {
    MeasuredSpan span(duration);
    std::uint64_t answered = 0;
    while (span.goesOn(answered = answered_)) {
        while (sent_ < answered + in_flight_)
            sendNext();
        answered_.wait(answered);
    }
    while ((answered = answered_) < sent_)
        answered_.wait(answered);
    if (failed_ > 0) throw Poco::RuntimeException(std::to_string(failed_) + " attempts failed");
    return span.load();
}

void TransportContender::sendNext() {
    AttemptRequest request;
    request.url = urls_[sent_++ % urls_.size()];
    request.headers = {{"Content-Type", "application/json"},
                       {"User-Agent", "Waybill/0.1.0"},
                       {"webhook-id", "dlv_01jd0000000000000000000000"},
                       {"webhook-timestamp", "1790000000"},
                       {"waybill-attempt", "1"}};
    request.body = payload_;
    request.timeout = std::chrono::seconds(30);
    transport_->send(std::move(request), [this](const AttemptOutcome& outcome) {
        if (outcome.reason) ++failed_;
        ++answered_;
        answered_.notify_one();
    });
}

}  // namespace waybill::bench
