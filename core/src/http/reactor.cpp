#include "http/reactor.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "waybill/body_stream.h"
#include "waybill/worker_thread.h"

namespace waybill::http {
namespace {

// A turn that fails again and again must not take a whole core.
constexpr auto kPauseAfterFault = std::chrono::milliseconds(20);

constexpr char kStopped[] = "the transport was stopped";

// Causes in reports.
constexpr char kThread[] = "the transport's thread";
constexpr char kAttempt[] = "an attempt on the wire";

ConnectionPool::Limits poolLimits(const HttpTransportOptions& options, std::uint32_t reactors) {
    const auto share = [reactors](std::uint32_t all) { return (all + reactors - 1) / reactors; };
    return {share(options.max_idle_connections), share(options.max_idle_per_endpoint),
            options.idle_timeout};
}

}  // namespace

Reactor::Reactor(const HttpTransportOptions& options, TlsContext& tls, ResolverPool& resolvers,
                 Problems& problems, std::uint32_t reactors)
    : context_{.options = options,
               .response_limits = {options.max_head_bytes, options.kept_body_bytes,
                                   options.max_body_bytes},
               .tls = tls,
               .resolvers = resolvers,
               .problems = problems,
               .mailbox = std::make_shared<Mailbox>(),
               .poller = {},
               .timers = {},
               .closed = {},
               .pool = ConnectionPool(poolLimits(options, reactors), context_.closed),
               .counters = {},
               .buffer = {}} {
    const int error = context_.poller.add(context_.mailbox->fd(), nullptr);
    if (error != 0) throw Poco::SystemException("epoll refuses a mailbox", error);
    thread_ = startWorkerThread(
        "waybill-wire", [this] { run(); }, problems.report());
}

Reactor::~Reactor() {
    stop();
}

void Reactor::stop() noexcept {
    if (!thread_.joinable()) return;
    while (
        !contained(context_.problems.report(), kThread, [this] { context_.mailbox->post(Stop{}); }))
        std::this_thread::sleep_for(kPauseAfterFault);
    thread_.join();
}

bool Reactor::refuseLate() noexcept {
    std::vector<Letter> late;
    context_.mailbox->take(late);
    bool any = false;
    for (Letter& letter : late) {
        auto* submission = std::get_if<Submission>(&letter);
        if (submission == nullptr) continue;
        refuse(*submission, kStopped);
        any = true;
    }
    return any;
}

void Reactor::submit(Submission submission) {
    context_.counters.in_flight.fetch_add(1, std::memory_order_relaxed);
    try {
        context_.mailbox->post(std::move(submission));
    } catch (...) {
        context_.counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
}

void Reactor::addTo(TransportStats& stats) const {
    stats.in_flight += context_.counters.in_flight.load(std::memory_order_relaxed);
    stats.idle_connections += context_.pool.size();
    stats.connections_opened +=
        context_.counters.connections_opened.load(std::memory_order_relaxed);
    stats.connections_reused +=
        context_.counters.connections_reused.load(std::memory_order_relaxed);
}

// Moves one exchange on, and puts it aside when that was its end.
template <typename Step>
void Reactor::advance(Exchange& exchange, Step step) {
    try {
        step(exchange);
    } catch (...) {  // most likely there is no memory; it is the end of this one only
        reportCurrent(context_.problems.report(), kAttempt);
        exchange.breakOff();
    }
    if (!exchange.finished()) return;
    const auto found = exchanges_.find(exchange.id());
    finished_.push_back(std::move(found->second));
    exchanges_.erase(found);
}

void Reactor::run() {
    while (!stopped_)
        if (!contained(context_.problems.report(), kThread, [this] { turn(); }))
            std::this_thread::sleep_for(kPauseAfterFault);
    while (!contained(context_.problems.report(), kThread, [this] {
        readMail();
        abortAll();
    }))
        std::this_thread::sleep_for(kPauseAfterFault);
}

void Reactor::turn() {
    // Events before mail: a connection that has died is not given to a new exchange.
    // Each by itself: an event does not come twice.
    for (const auto& event : context_.poller.wait(timeUntilNext()))
        contained(context_.problems.report(), kThread, [&] { deliver(event); });
    wakeExpired();
    readMail();
    finished_.clear();
    context_.closed.clear();
}

std::optional<Duration> Reactor::timeUntilNext() const {
    if (!context_.mailbox->fallAsleep()) return Duration::zero();
    const auto timer = context_.timers.next();
    const auto expiry = context_.pool.nextExpiry();
    if (!timer && !expiry) return std::nullopt;
    return std::min(timer.value_or(MonotonicTime::max()), expiry.value_or(MonotonicTime::max())) -
           context_.now();
}

void Reactor::deliver(const epoll_event& event) {
    auto* connection = static_cast<Connection*>(event.data.ptr);
    if (connection == nullptr || connection->fd() < 0) return;  // the mailbox; closed this turn
    if (connection->user != nullptr) {
        advance(*connection->user, [&](Exchange& exchange) { exchange.ready(event.events); });
    } else {
        idleConnectionReady(*connection, event.events);
    }
}

// Whatever a receiver sends on an idle connection ends it, but for what TLS says to itself.
void Reactor::idleConnectionReady(Connection& connection, std::uint32_t events) {
    if ((events & Poller::kReadable) != 0 && !connection.quiet()) context_.pool.close(connection);
}

void Reactor::wakeExpired() {
    const MonotonicTime now = context_.now();
    while (Timer* timer = context_.timers.popDue(now)) {
        advance(*timer->owner(), [now](Exchange& exchange) { exchange.timerExpired(now); });
    }
    context_.pool.expire(now);
}

void Reactor::readMail() {
    context_.mailbox->take(letters_);
    // Each by itself: one that fails costs no other its answer and is not met again.
    for (auto& letter : letters_)
        contained(context_.problems.report(), kThread, [&] {
            std::visit([this](auto&& content) { take(std::move(content)); }, std::move(letter));
        });
    letters_.clear();
}

void Reactor::take(Submission submission) {
    const std::uint64_t id = next_id_++;
    Exchange* started = nullptr;
    try {
        makeRoom();
        auto& place = exchanges_[id];
        place = std::make_unique<Exchange>(context_, id, std::move(submission));
        started = place.get();
    } catch (...) {  // it is the caller's still, who waits for its end
        reportCurrent(context_.problems.report(), kAttempt);
        exchanges_.erase(id);
        return refuse(submission, "it could not be begun on this machine");
    }
    advance(*started, [](Exchange& begun) { begun.start(); });
}

void Reactor::refuse(Submission& submission, const char* why) noexcept {
    context_.counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
    AttemptOutcome outcome;
    outcome.reason = FailureReason::kLocalFault;
    contained(context_.problems.report(), kAttempt, [&] { outcome.detail = why; });
    contained(context_.problems.report(), kAttempt, [&] {
        if (submission.request.body_stream) submission.request.body_stream->close();
    });
    context_.problems.callHost(kCompletion, [&] { submission.done(std::move(outcome)); });
}

// What has finished can be put aside then without memory.
void Reactor::makeRoom() {
    const std::size_t most = exchanges_.size() + finished_.size() + 1;
    if (finished_.capacity() < most) finished_.reserve(2 * most);
}

void Reactor::take(const Lookup& lookup) {
    const auto found = exchanges_.find(lookup.exchange);
    if (found == exchanges_.end()) return;  // its time was up
    advance(*found->second, [&](Exchange& exchange) { exchange.lookedUp(*lookup.resolution); });
}

void Reactor::take(const StreamSignal& signal) {
    const auto found = exchanges_.find(signal.exchange);
    if (found == exchanges_.end()) return;  // it has ended meanwhile
    advance(*found->second, [&](Exchange& exchange) { exchange.signalled(signal.signal); });
}

void Reactor::take(BodyStirred stirred) {
    const auto found = exchanges_.find(stirred.exchange);
    if (found == exchanges_.end()) return;  // it has ended meanwhile
    advance(*found->second, [](Exchange& exchange) { exchange.bodyStirred(); });
}

void Reactor::abortAll() {
    while (!exchanges_.empty()) {
        advance(*exchanges_.begin()->second, [](Exchange& exchange) { exchange.abort(kStopped); });
    }
}

}  // namespace waybill::http
