#include "bench/library_path.h"

#include <Poco/Exception.h>

#include "bench/cpu_time.h"
#include "bench/payload.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

/// Every name is 127.0.0.1.
class LoopbackResolver : public Resolver {
public:
    Resolution resolve(const std::string&) override {
        IpAddress address;
        address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
        address.is_v4 = true;
        return {{address}, {}, false};
    }
};

EngineOptions engineOptions(const LibraryOptions& options) {
    EngineOptions engine;
    engine.attempt_timeout = options.attempt_timeout;
    engine.max_in_flight = options.max_in_flight;
    engine.max_in_flight_per_endpoint = options.max_in_flight_per_endpoint;
    engine.address_policy.allow("loopback");
    return engine;
}

}  // namespace

HttpTransportOptions loopbackTransport(const std::string& ca_file) {
    HttpTransportOptions options;
    options.address_policy.allow("loopback");
    options.ca_file = ca_file;
    options.max_idle_per_endpoint = options.max_idle_connections;
    options.resolver = std::make_shared<LoopbackResolver>();
    return options;
}

LibraryPath::LibraryPath(LibraryOptions options) : options_(std::move(options)) {
    sqlite::LogOptions log_options;
    log_options.directory = options_.directory;
    log_ = sqlite::openLog(log_options);
    transport_ = makeHttpTransport(loopbackTransport(options_.ca_file));
    EngineOptions engine = engineOptions(options_);
    engine.on_event = [this](const RecordedEvent& event) { note(event); };
    engine_ = std::make_unique<Engine>(*log_, *transport_, std::move(engine));
    engine_->start();
}

LibraryPath::~LibraryPath() {
    engine_->stop();
}

void LibraryPath::submit(const std::string& url, std::uint32_t max_retries) {
    Submission submission;
    submission.destination.url = url;
    submission.payload = makeBytes(makePayload(options_.payload_bytes, monotonicNow()));
    submission.client = "bench";
    if (max_retries != RetryPolicy{}.max_retries) {
        submission.retry_policy.emplace().max_retries = max_retries;
    }
    ++submitted_;
    engine_->submit(std::move(submission), [this](const Result<Accepted>& result) {
        if (!result.ok()) ++refused_;
    });
}

void LibraryPath::note(const RecordedEvent& event) {
    if (options_.on_event) options_.on_event(event);
    if (std::holds_alternative<AttemptSucceeded>(event.event)) {
        ++delivered_;
        delivered_.notify_one();
    } else if (std::holds_alternative<AttemptFailed>(event.event)) {
        ++failed_;
    }
}

void LibraryPath::awaitAll() const {
    for (std::uint64_t count = delivered_; count < submitted_; count = delivered_) {
        requireAllWell();
        awaitMoreThan(count);
    }
}

void LibraryPath::requireAllWell() const {
    if (refused_ == 0 && failed_ == 0) return;
    throw Poco::RuntimeException(std::to_string(refused_) + " submissions were refused, " +
                                 std::to_string(failed_) + " attempts failed");
}

Load LibraryContender::run(std::chrono::nanoseconds duration) {
    MeasuredSpan span(duration);
    std::uint64_t delivered = 0;
    while (span.goesOn(delivered = path_.delivered())) {
        while (path_.submitted() < delivered + in_flight_)
            path_.submit(urls_[path_.submitted() % urls_.size()]);
        path_.awaitMoreThan(delivered);
        path_.requireAllWell();
    }
    path_.awaitAll();
    return span.load();
}

}  // namespace waybill::bench
