#include "schedule.h"

#include <algorithm>
#include <cassert>

#include "waybill/endpoint.h"

namespace waybill {

namespace {

/// How many attempts a newly met endpoint gets before it has answered any.
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

Schedule::Endpoint::Endpoint(std::string endpoint_name, std::uint32_t limit)
    : name(std::move(endpoint_name)), window(std::min(kGentleStart, limit), limit) {}

Schedule::Schedule(Limits limits)
    : limits_(limits), window_(limits.in_flight, limits.in_flight), forget_at_(kMaxIdleEndpoints) {}

void Schedule::add(const StreamId& delivery, const std::string& endpoint, MonotonicTime due) {
    Endpoint& target = endpointFor(endpoint);
    const std::uint64_t sequence = ++sequence_;
    entries_[delivery] = sequence;
    target.waiting.push({due, sequence, delivery});
    // As if it were not due yet: the timer's turn comes before anything is taken, and is cheap.
    queueUp(target, MonotonicTime::min());
}

void Schedule::remove(const StreamId& delivery) {
    entries_.erase(delivery);
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

std::vector<StreamId> Schedule::takeDue(MonotonicTime now, std::size_t limit) {
    if (all_paused_) return {};
    wakeEndpoints(now);
    std::vector<StreamId> taken;
    while (taken.size() < limit && !ready_.empty() && !wireFull()) {
        Endpoint& endpoint = *ready_.front();
        ready_.pop_front();
        endpoint.ready = false;
        dropReplaced(endpoint);
        const bool takes = !endpoint.waiting.empty() && !endpoint.paused &&
                           endpoint.in_flight < endpoint.window.size() &&
                           endpoint.waiting.top().due <= now;
        if (takes) {
            taken.push_back(endpoint.waiting.top().delivery);
            endpoint.waiting.pop();
            entries_.erase(taken.back());
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
    switch (feedback) {
        case Feedback::kAnswered:
            target.window.grow();
            window_.grow();
            break;
        case Feedback::kPushedBack:
            target.window.halve();
            break;
        case Feedback::kLocalFault:
            window_.halve();
            break;
        case Feedback::kFailed:
            break;
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
    if (timers_.empty()) return std::nullopt;
    return timers_.top().due;
}

std::optional<MonotonicTime> Schedule::oldestDue() {
    std::optional<MonotonicTime> oldest;
    for (auto& [name, endpoint] : endpoints_) {
        dropReplaced(endpoint);
        if (endpoint.waiting.empty()) continue;
        const MonotonicTime due = endpoint.waiting.top().due;
        if (!oldest || due < *oldest) oldest = due;
    }
    return oldest;
}

Schedule::Endpoint& Schedule::endpointFor(const std::string& name) {
    const auto found = endpoints_.find(name);
    if (found != endpoints_.end()) return found->second;
    if (endpoints_.size() >= forget_at_) forgetIdleEndpoints();
    return endpoints_.try_emplace(name, name, limits_.in_flight_per_endpoint).first->second;
}

/// Entries that were removed or replaced stay in the heap until they come to its top.
void Schedule::dropReplaced(Endpoint& endpoint) {
    while (!endpoint.waiting.empty()) {
        const auto entry = entries_.find(endpoint.waiting.top().delivery);
        if (entry != entries_.end() && entry->second == endpoint.waiting.top().sequence) return;
        endpoint.waiting.pop();
    }
}

/// Puts an endpoint where it will next be looked at: in the line, behind a timer, or nowhere when
/// only an ending attempt or a resume can change anything for it.
void Schedule::queueUp(Endpoint& endpoint, MonotonicTime now) {
    dropReplaced(endpoint);
    if (endpoint.ready || endpoint.paused || endpoint.waiting.empty() ||
        endpoint.in_flight >= endpoint.window.size()) {
        return;
    }
    const MonotonicTime due = endpoint.waiting.top().due;
    if (due <= now) {
        endpoint.ready = true;
        ready_.push_back(&endpoint);
    } else if (!endpoint.timer || due < *endpoint.timer) {
        endpoint.timer = due;
        ++endpoint.timers;
        timers_.push({due, &endpoint});
    }
}

void Schedule::wakeEndpoints(MonotonicTime now) {
    while (!timers_.empty() && timers_.top().due <= now) {
        const Timer timer = timers_.top();
        timers_.pop();
        --timer.endpoint->timers;
        if (timer.endpoint->timer == timer.due) timer.endpoint->timer.reset();
        queueUp(*timer.endpoint, now);
    }
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
