#include "http/resolver_pool.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "waybill/worker_thread.h"

namespace waybill::http {
namespace {

/// A name whose look-up takes no longer is one whose look-ups return.
constexpr Duration kInTime = std::chrono::seconds(1);

MonotonicTime now() {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

struct Waiter {
    std::shared_ptr<Mailbox> mailbox;
    std::uint64_t exchange = 0;
    MonotonicTime deadline;
};

Resolution resolveSafely(Resolver& resolver, const std::string& host) {
    try {
        return resolver.resolve(host);
    } catch (...) {  // a host's resolver may throw anything
        return {{}, "the look-up failed on this machine", true};
    }
}

}  // namespace

// Shared with the threads, which may outlive the pool.
struct ResolverPool::State {
    using Names = std::deque<std::string>;

    std::shared_ptr<Resolver> resolver;
    std::size_t max_names = 0;       ///< in each of the three below
    std::uint32_t max_doubtful = 0;  ///< at once

    std::mutex mutex;
    std::condition_variable changed;
    Names reliable;  ///< names that wait and whose last look-up returned in time
    Names doubtful;  ///< others that wait
    std::unordered_set<std::string> known_reliable;
    std::uint32_t doubtful_running = 0;
    std::unordered_map<std::string, std::vector<Waiter>> wanted;  ///< also those that run
    std::uint32_t threads_at_rest = 0;                            ///< not in a look-up
    bool stopped = false;

    /// Where the next name is to be taken from; null when there is nothing to do. Neither kind ever
    /// has all the threads.
    Names* next() {
        const bool doubtful_may = !doubtful.empty() && doubtful_running < max_doubtful;
        if (doubtful_may && (reliable.empty() || doubtful_running == 0)) return &doubtful;
        return reliable.empty() ? nullptr : &reliable;
    }

    /// Somebody still waits for it.
    bool stillWanted(const std::string& host) {
        const auto waits = [at = now()](const Waiter& waiter) { return waiter.deadline > at; };
        const auto& waiters = wanted.at(host);
        return std::any_of(waiters.begin(), waiters.end(), waits);
    }

    void remember(const std::string& host, bool in_time) {
        if (!in_time) {
            known_reliable.erase(host);
        } else if (known_reliable.insert(host).second && known_reliable.size() > max_names) {
            known_reliable.erase(known_reliable.begin());
        }
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return stopped || next() != nullptr; });
            if (stopped) break;
            Names& names = *next();
            const bool is_doubtful = &names == &doubtful;
            const std::string host = std::move(names.front());
            names.pop_front();
            if (!stillWanted(host)) {
                wanted.erase(host);
                continue;
            }
            --threads_at_rest;
            if (is_doubtful) ++doubtful_running;
            lock.unlock();
            const MonotonicTime began = now();
            const auto answer = std::make_shared<const Resolution>(resolveSafely(*resolver, host));
            const bool in_time = now() - began < kInTime;
            lock.lock();
            ++threads_at_rest;
            if (is_doubtful) --doubtful_running;
            remember(host, in_time);
            auto waiters = wanted.extract(host);
            if (stopped) break;
            lock.unlock();
            for (const Waiter& waiter : waiters.mapped())
                waiter.mailbox->post(Lookup{waiter.exchange, answer});
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
    state_->max_doubtful = threads;
    for (std::uint32_t i = 0; i < threads + 1; ++i)
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
                          std::uint64_t exchange, MonotonicTime deadline) {
    {
        const std::lock_guard lock(state_->mutex);
        const auto asked = state_->wanted.find(host);
        if (asked != state_->wanted.end()) {
            asked->second.push_back({std::move(answer_to), exchange, deadline});
            return true;
        }
        auto& names = state_->known_reliable.contains(host) ? state_->reliable : state_->doubtful;
        if (names.size() >= state_->max_names) return false;
        state_->wanted[host].push_back({std::move(answer_to), exchange, deadline});
        names.push_back(host);
    }
    state_->changed.notify_one();
    return true;
}

}  // namespace waybill::http
