#include "schedule.h"

#include <algorithm>
#include <cassert>

#include "waybill/endpoint.h"

namespace waybill {

namespace {

/// How many attempts a newly met endpoint gets before it has answered any, and how many all of them
/// together keep when we are overwhelmed: a few that hang must not be all there is.
constexpr std::uint32_t kGentleStart = 16;
/// Endpoints with nothing to do are remembered (for their window) at least up to this number.
constexpr std::size_t kMaxIdleEndpoints = 4096;

}  // namespace

void Window::grow() {
    size_ = std::min(limit_, size_ + (size_ < threshold_ ? 1.0 : 1.0 / size_));
}

void Window::halve() {
    size_ = std::max(1.0, size_ / 2);
    threshold_ = size_;
}

void Window::shrinkTo(std::uint32_t size) {
    size_ = std::min(size_, std::max<double>(size, 1.0));
    threshold_ = size_;
}

Schedule::Endpoint::Endpoint(std::uint32_t limit) : window(std::min(kGentleStart, limit), limit) {}

Schedule::Schedule(Limits limits)
    : limits_(limits), window_(limits.in_flight, limits.in_flight), forget_at_(kMaxIdleEndpoints) {}

void Schedule::add(Entry& entry, const std::string& endpoint, MonotonicTime due) {
    Endpoint& target = endpointFor(endpoint);
    if (entry.endpoint_ != &target) remove(entry);
    if (!entry.queued()) ++waiting_;
    entry.endpoint_ = &target;
    target.waiting.set(entry, {due, ++sequence_});
    // As if it were not due yet: the timer's turn comes before anything is taken, and is cheap.
    queueUp(target, MonotonicTime::min());
}

void Schedule::remove(Entry& entry) {
    if (!entry.queued()) return;
    --waiting_;
    entry.endpoint_->waiting.remove(entry);
    queueUp(*entry.endpoint_, MonotonicTime::min());
}

void Schedule::pause(const std::string& endpoint) {
    if (endpoint == kEveryEndpoint) {
        all_paused_ = true;
        return;
    }
    endpointFor(endpoint).paused = true;
}

void Schedule::resume(const std::string& endpoint) {
    if (endpoint == kEveryEndpoint) {
        all_paused_ = false;
        return;
    }
    Endpoint& target = endpointFor(endpoint);
    target.paused = false;
    queueUp(target, MonotonicTime::min());
}

bool Schedule::paused(const std::string& endpoint) const {
    const auto found = endpoints_.find(endpoint);
    return found != endpoints_.end() && found->second.paused;
}

std::vector<Schedule::Entry*> Schedule::takeDue(MonotonicTime now, std::size_t limit) {
    if (all_paused_) return {};
    wakeEndpoints(now);
    std::vector<Entry*> taken;
    while (taken.size() < limit && !ready_.empty() && !wireFull()) {
        Endpoint& endpoint = *ready_.front();
        ready_.pop_front();
        endpoint.ready = false;
        Entry* const entry =
            endpoint.mayTake() ? endpoint.waiting.popDue({now, sequence_}) : nullptr;
        if (entry != nullptr) {
            taken.push_back(entry);
            --waiting_;
            ++endpoint.in_flight;
            ++in_flight_;
        }
        queueUp(endpoint, now);
    }
    return taken;
}

void Schedule::finished(const std::string& endpoint, Feedback feedback) {
    Endpoint& target = endpointFor(endpoint);
    assert(target.in_flight > 0 && "only an attempt that is on the wire ends");
    --target.in_flight;
    --in_flight_;
    if (feedback == Feedback::kAnswered) target.window.grow();
    if (feedback == Feedback::kPushedBack) target.window.halve();
    if (feedback == Feedback::kLocalFault) {
        window_.shrinkTo(std::max(in_flight_, kGentleStart));
    } else {
        window_.grow();
    }
    queueUp(target, MonotonicTime::min());
}

void Schedule::resumeInFlight(const std::string& endpoint) {
    ++endpointFor(endpoint).in_flight;
    ++in_flight_;
}

std::optional<MonotonicTime> Schedule::nextDue(MonotonicTime now) const {
    if (wireFull() || all_paused_) return std::nullopt;
    if (!ready_.empty()) return now;
    return timers_.next();
}

std::optional<MonotonicTime> Schedule::oldestDue() const {
    std::optional<MonotonicTime> oldest;
    for (const auto& [name, endpoint] : endpoints_) {
        const auto first = endpoint.waiting.next();
        if (first && (!oldest || first->due < *oldest)) oldest = first->due;
    }
    return oldest;
}

Schedule::Endpoint& Schedule::endpointFor(const std::string& name) {
    const auto found = endpoints_.find(name);
    if (found != endpoints_.end()) return found->second;
    if (endpoints_.size() >= forget_at_) forgetIdleEndpoints();
    return endpoints_.try_emplace(name, limits_.in_flight_per_endpoint).first->second;
}

/// Puts an endpoint where it will next be looked at: in the line, behind a timer, or nowhere when
/// only an ending attempt or a resume can change anything for it.
void Schedule::queueUp(Endpoint& endpoint, MonotonicTime now) {
    if (endpoint.ready) return;
    const auto first = endpoint.waiting.next();
    if (!first || !endpoint.mayTake()) return timers_.remove(endpoint);
    if (first->due > now) return timers_.set(endpoint, first->due);
    timers_.remove(endpoint);
    endpoint.ready = true;
    ready_.push_back(&endpoint);
}

void Schedule::wakeEndpoints(MonotonicTime now) {
    while (Endpoint* const endpoint = timers_.popDue(now))
        queueUp(*endpoint, now);
}

void Schedule::forgetIdleEndpoints() {
    std::erase_if(endpoints_, [](const auto& entry) { return entry.second.idle(); });
    // Not again before as many have come as were looked at now, or a hundred thousand busy ones
    // would be looked at for each that is added.
    forget_at_ = std::max(kMaxIdleEndpoints, 2 * endpoints_.size());
}

bool Schedule::wireFull() const {
    return in_flight_ >= std::min(limits_.in_flight, window_.size());
}

}  // namespace waybill
