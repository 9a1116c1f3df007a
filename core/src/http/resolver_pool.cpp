#include "http/resolver_pool.h"

#include <Poco/Exception.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <vector>

#include "worker_thread.h"

namespace waybill::http {
namespace {

struct Waiter {
    std::shared_ptr<Mailbox> mailbox;
    std::uint64_t exchange = 0;
};

Resolution resolveSafely(Resolver& resolver, const std::string& host) {
    try {
        return resolver.resolve(host);
    } catch (const std::exception&) {
        return {{}, "the look-up failed on this machine", true};
    }
}

}  // namespace

// Shared with the threads, which may outlive the pool.
struct ResolverPool::State {
    std::shared_ptr<Resolver> resolver;
    std::size_t max_names = 0;

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> queue;                                ///< names whose look-up waits
    std::unordered_map<std::string, std::vector<Waiter>> wanted;  ///< also those that run
    std::uint32_t threads_at_rest = 0;                            ///< not in a look-up
    bool stopped = false;

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return stopped || !queue.empty(); });
            if (stopped) break;
            const std::string host = std::move(queue.front());
            queue.pop_front();
            --threads_at_rest;
            lock.unlock();
            const auto answer = std::make_shared<const Resolution>(resolveSafely(*resolver, host));
            lock.lock();
            ++threads_at_rest;
            auto waiters = wanted.extract(host);
            if (stopped) break;
            lock.unlock();
            for (const auto& [mailbox, exchange] : waiters.mapped()) {
                mailbox->post(Lookup{exchange, answer});
            }
            lock.lock();
        }
        --threads_at_rest;
        changed.notify_all();
    }
};

ResolverPool::ResolverPool(std::shared_ptr<Resolver> resolver, std::uint32_t threads,
                           std::size_t max_names)
    : state_(std::make_shared<State>()) {
    state_->resolver = std::move(resolver);
    state_->max_names = max_names;
    for (std::uint32_t i = 0; i < threads; ++i)
        start();
}

ResolverPool::~ResolverPool() {
    stop();
}

void ResolverPool::start() {
    {
        const std::lock_guard lock(state_->mutex);
        ++state_->threads_at_rest;
    }
    try {
        startWorkerThread("waybill-dns", [state = state_] { state->run(); }).detach();
    } catch (...) {
        {
            const std::lock_guard lock(state_->mutex);
            --state_->threads_at_rest;
        }
        stop();
        throw;
    }
}

void ResolverPool::stop() {
    std::unique_lock lock(state_->mutex);
    state_->stopped = true;
    state_->wanted.clear();
    state_->changed.notify_all();
    state_->changed.wait(lock, [this] { return state_->threads_at_rest == 0; });
}

bool ResolverPool::lookUp(const std::string& host, std::shared_ptr<Mailbox> answer_to,
                          std::uint64_t exchange) {
    {
        const std::lock_guard lock(state_->mutex);
        const auto known = state_->wanted.find(host);
        if (known != state_->wanted.end()) {
            known->second.push_back({std::move(answer_to), exchange});
            return true;
        }
        if (state_->queue.size() >= state_->max_names) return false;
        state_->wanted[host].push_back({std::move(answer_to), exchange});
        state_->queue.push_back(host);
    }
    state_->changed.notify_one();
    return true;
}

}  // namespace waybill::http
