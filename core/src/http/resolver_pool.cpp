#include "http/resolver_pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "waybill/worker_thread.h"

namespace waybill::http {
namespace {

/// A look-up that takes less is quick; one that takes more than the other hangs.
constexpr Duration kQuick = std::chrono::seconds(1);
constexpr Duration kHanging = std::chrono::seconds(5);

using Answer = std::shared_ptr<const Resolution>;

MonotonicTime now() {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

Answer failure(const char* error, bool local_fault) {
    return std::make_shared<const Resolution>(Resolution{{}, error, local_fault});
}

}  // namespace

// Shared with the threads, which may outlive the pool.
struct ResolverPool::State : std::enable_shared_from_this<State> {
    State(std::shared_ptr<Resolver> theirs, Limits its_limits, std::shared_ptr<Problems> told)
        : is_hosts(theirs != nullptr),
          resolver(is_hosts ? std::move(theirs) : systemResolver()),
          rest(its_limits.rest),
          problems(std::move(told)),
          queue(its_limits.queue) {
        started.reserve(2 * its_limits.queue.at_once);
    }

    const bool is_hosts;
    const std::shared_ptr<Resolver> resolver;
    const Duration rest;
    const std::shared_ptr<Problems> problems;
    const Answer broken = failure("the resolver failed", false);
    const Answer no_memory = failure("this machine has no memory left for it", true);
    const Answer no_thread = failure("this machine has no thread left for it", true);

    std::mutex mutex;
    std::condition_variable changed;
    LookupQueue queue;
    LookupQueue::Ticket last_ticket = 0;
    std::vector<LookupQueue::Running*> started;  ///< each is taken up by a thread at rest
    std::size_t threads = 0;
    std::size_t at_rest = 0;  ///< of them; also those that are being started
    std::size_t busy = 0;     ///< in a look-up; what is neither will soon be at rest
    bool stopped = false;

    void startThread() {
        startWorkerThread(
            "waybill-dns", [self = shared_from_this()] { self->run(); }, problems->report())
            .detach();
    }

    /// Begins what may begin, and sees to it that a thread takes it up. Without the lock between.
    void dispatch(std::unique_lock<std::mutex>& lock) {
        while (LookupQueue::Running* name = queue.start(now())) {
            started.push_back(name);
            changed.notify_one();
        }
        while (!stopped && started.size() > at_rest) {
            ++threads;
            ++at_rest;
            lock.unlock();
            const bool is_there = contained(problems->report(), "the transport's look-up threads",
                                            [this] { startThread(); });
            lock.lock();
            if (is_there) continue;
            --threads;
            --at_rest;
            changed.notify_all();
            if (stopped || started.size() <= at_rest) return;
            const auto finished = queue.finish(*started.back());
            started.pop_back();
            lock.unlock();
            post(finished, no_thread);
            lock.lock();
        }
    }

    void post(const LookupQueue::Finished& finished, const Answer& answer) {
        finished.forEachWaiter([&](const LookupQueue::Waiter& waiter) {
            contained(problems->report(), "the transport's look-ups", [&] {
                waiter.mailbox->post(Lookup{waiter.exchange, answer});
            });
        });
    }

    /// A thread: at rest when it comes, and when it goes.
    void run() {
        std::unique_lock lock(mutex);
        const auto something = [this] { return stopped || !started.empty(); };
        while (!stopped) {
            if (!changed.wait_for(lock, rest, something) && threads > 1) break;
            if (!stopped && !started.empty()) lookUpNext(lock);
        }
        --at_rest;
        --threads;
        changed.notify_all();
    }

    void lookUpNext(std::unique_lock<std::mutex>& lock) {
        LookupQueue::Running& name = *started.front();
        started.erase(started.begin());
        --at_rest;
        ++busy;
        lock.unlock();
        const MonotonicTime began = now();
        Answer answer = broken;
        std::exception_ptr thrown;
        try {
            answer =
                std::make_shared<const Resolution>(resolver->resolve(LookupQueue::hostOf(name)));
        } catch (const std::bad_alloc&) {
            answer = no_memory;
            thrown = std::current_exception();
        } catch (...) {  // told below, if there still is whom to tell
            thrown = std::current_exception();
        }
        const bool quick = now() - began < kQuick;
        lock.lock();
        --busy;
        ++at_rest;
        if (stopped) return;
        const auto finished = queue.finish(name);
        contained(problems->report(), "the transport's look-ups",
                  [&] { queue.remember(finished.host(), quick); });
        dispatch(lock);
        lock.unlock();
        if (thrown != nullptr) tell(thrown);
        post(finished, answer);
        lock.lock();
    }

    void tell(const std::exception_ptr& thrown) {
        const auto again = [&] { std::rethrow_exception(thrown); };
        if (is_hosts)
            problems->callHost("the host's resolver", again);
        else
            contained(problems->report(), "the system's resolver", again);
    }
};

ResolverPool::ResolverPool(std::shared_ptr<Resolver> resolver, Limits limits,
                           std::shared_ptr<Problems> problems)
    : state_(std::make_shared<State>(std::move(resolver), limits, std::move(problems))) {
    ++state_->threads;
    ++state_->at_rest;
    state_->startThread();
}

ResolverPool::~ResolverPool() {
    std::unique_lock lock(state_->mutex);
    state_->stopped = true;
    state_->started.clear();
    state_->queue.close();
    state_->changed.notify_all();
    state_->changed.wait(lock, [this] { return state_->threads == state_->busy; });
}

ResolverPool::Ticket ResolverPool::lookUp(std::string host, std::string client,
                                          std::shared_ptr<Mailbox> answer_to,
                                          std::uint64_t exchange) {
    Ticket ticket;
    std::unique_lock lock(state_->mutex);
    ticket.number_ = ++state_->last_ticket;
    if (!state_->queue.add(ticket.number_, host, client, {std::move(answer_to), exchange}))
        return ticket;
    ticket.host_ = std::move(host);
    ticket.client_ = std::move(client);
    ticket.state_ = state_;
    state_->dispatch(lock);
    return ticket;
}

void ResolverPool::addTo(TransportStats& stats) const {
    const std::lock_guard lock(state_->mutex);
    stats.lookups_waiting += state_->queue.waiting();
    stats.lookups_running += state_->queue.running();
    stats.lookups_hanging += state_->queue.runningSince(now() - kHanging);
}

std::size_t ResolverPool::threads() const {
    const std::lock_guard lock(state_->mutex);
    return state_->threads;
}

ResolverPool::Ticket& ResolverPool::Ticket::operator=(Ticket&& other) noexcept {
    if (this == &other) return *this;
    giveBack();
    state_ = std::move(other.state_);
    number_ = other.number_;
    host_ = std::move(other.host_);
    client_ = std::move(other.client_);
    return *this;
}

void ResolverPool::Ticket::giveBack() noexcept {
    if (state_ == nullptr) return;
    {
        const std::lock_guard lock(state_->mutex);
        state_->queue.forget(number_, host_, client_);
    }
    state_ = nullptr;
}

}  // namespace waybill::http
