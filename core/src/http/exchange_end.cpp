// How an exchange ends.
#include "http/exchange.h"
#include "http/retry_after.h"
#include "waybill/body_stream.h"
#include "waybill/worker_thread.h"

namespace waybill::http {
namespace {

// A connection that its receiver is about to close is not worth the risk.
constexpr Duration kBeforeReceiverCloses = std::chrono::seconds(1);

bool asksToWait(int status) {
    return status == 429 || status == 503;
}

std::string problemOf(const IoResult& result) {
    return result.problem.empty() ? inWords(result.error) : result.problem;
}

}  // namespace

void Exchange::streamEnded(bool clean) {
    if (!reader_.anyByteSeen()) {
        return diedUnanswered(FailureReason::kConnect, "connection closed without an answer");
    }
    reader_.endOfStream(clean);
    complete();
}

void Exchange::streamBroke(const IoResult& result) {
    if (reader_.headComplete()) return completeWithoutRest();
    const auto reason = result.problem.empty() ? FailureReason::kConnect : FailureReason::kTls;
    if (!reader_.anyByteSeen()) return diedUnanswered(reason, problemOf(result));
    fail(reason, problemOf(result) + " in the middle of the answer's head");
}

// A receiver may close an idle connection at the very moment we reuse it. Whether it has seen the
// request nobody knows, so it is not sent again here.
void Exchange::diedUnanswered(FailureReason reason, std::string detail) {
    fail(connection_->reused ? FailureReason::kStaleConnection : reason, std::move(detail));
}

void Exchange::timerExpired(MonotonicTime now) {
    if (reader_.headComplete()) {
        outcome_.detail = "nothing more came within " + formatDuration(request_.timeout);
        return completeWithoutRest();
    }
    if (phase_ == Phase::kConnect && now < deadline_) {
        closeConnection();
        return connectToNext();
    }
    fail(FailureReason::kTimeout, timeoutDetail());
}

std::string Exchange::timeoutDetail() const {
    const auto during = [this]() -> std::string_view {
        switch (phase_) {
            case Phase::kLookUp:
                return "looking up the name";
            case Phase::kConnect:
                return "connecting";
            case Phase::kTls:
                return "setting up TLS";
            default:
                if (!requestSent()) return "sending the request";
                return reader_.anyByteSeen() ? "receiving the answer's head"
                                             : "waiting for the first byte";
        }
    };
    std::string detail = "no answer within ";
    return detail.append(formatDuration(request_.timeout)).append(" while ").append(during());
}

void Exchange::abort(std::string_view why) {
    if (reader_.headComplete()) return completeWithoutRest();
    fail(FailureReason::kLocalFault, std::string(why));
}

void Exchange::breakOff() noexcept {
    const auto fenced = [&report = context_.problems.report()](auto&& step) {
        contained(report, "the end of an attempt on the wire", step);
    };
    fenced([this] {
        if (!finished()) abort(currentProblem());
    });
    if (done_ == nullptr) return;
    // Not even that went well: most likely there is no memory. What is left needs none.
    phase_ = Phase::kFinished;
    fenced([this] {
        if (connection_ == nullptr) return;
        connection_->user = nullptr;
        connection_->abandon();
    });
    fenced([this] {
        if (request_.body_stream) request_.body_stream->close();
    });
    fenced([this] { context_.timers.remove(timer_); });
    if (!outcome_.http_status) outcome_.reason = FailureReason::kLocalFault;
    callDone();
}

// Exactly once, and whatever it throws.
void Exchange::callDone() noexcept {
    lookup_ = {};
    context_.counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
    context_.problems.callHost(kCompletion,
                               [this] { std::exchange(done_, nullptr)(std::move(outcome_)); });
}

// The status is known; what was to come of the body is not waited for any longer.
void Exchange::completeWithoutRest() {
    reader_.endOfStream(false);
    complete();
}

void Exchange::complete() {
    if (reader_.state() == ResponseReader::State::kMalformed) {
        return fail(FailureReason::kProtocol,
                    std::string("the answer is malformed: ") + reader_.problem());
    }
    const int status = reader_.head().status;
    outcome_.http_status = static_cast<std::uint16_t>(status);
    if (asksToWait(status)) {
        const auto wall = std::chrono::floor<Duration>(std::chrono::system_clock::now());
        outcome_.retry_after = parseRetryAfter(reader_.head().retry_after, wall);
    }
    if (!reader_.head().success()) {
        outcome_.reason = FailureReason::kHttpStatus;
        outcome_.detail = "answered " + std::to_string(status);
    }
    finish();
}

void Exchange::fail(FailureReason reason, std::string detail) {
    outcome_.reason = reason;
    outcome_.detail = std::move(detail);
    finish();
}

void Exchange::finish() {
    phase_ = Phase::kFinished;
    closeConnection();
    if (request_.body_stream) request_.body_stream->close();
    context_.timers.remove(timer_);
    outcome_.truncated = reader_.truncated();
    outcome_.response_head = reader_.takeHeadText();
    outcome_.response_body = reader_.takeBody();
    outcome_.held = reader_.takeHeld();
    outcome_.timings.total = context_.now() - submitted_at_;
    callDone();
}

void Exchange::keepConnection() {
    std::optional<Duration> at_most;
    if (const auto seconds = reader_.head().keep_alive_seconds) {
        at_most = std::chrono::seconds(*seconds) - kBeforeReceiverCloses;
    }
    context_.pool.put(std::move(connection_), context_.now(), at_most);
}

void Exchange::closeConnection() {
    if (connection_ == nullptr) return;
    connection_->user = nullptr;
    if (!requestSent() || outcome_.reason == FailureReason::kTimeout) {
        connection_->abandon();
    } else {
        connection_->close();
    }
    context_.closed.push_back(std::move(connection_));
}

}  // namespace waybill::http
