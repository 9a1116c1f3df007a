// Name look-ups beside the reactors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/letters.h"
#include "waybill/resolver.h"

namespace waybill::http {

/// A few threads that call a Resolver. Exchanges that want the same name while its look-up waits or
/// runs share that look-up, so that a name whose look-up hangs holds one thread, however many want
/// it; and names whose last look-up returned in time have one thread more than the others, so that
/// many that hang hold up none of them. The queues are bounded. Any thread.
class ResolverPool {
public:
    /// Throws Poco::SystemException when it gets no thread.
    ResolverPool(std::shared_ptr<Resolver> resolver, std::uint32_t threads, std::size_t max_names);

    /// A look-up that hangs in the system cannot be ended: its thread is left behind, without any
    /// way back to whoever asked, and ends when the system does.
    ~ResolverPool();
    ResolverPool(const ResolverPool&) = delete;
    ResolverPool& operator=(const ResolverPool&) = delete;

    /// Posts a Lookup for `exchange` to `answer_to`, unless the pool is gone by then or its turn
    /// does not come before `deadline`. False when too many names wait.
    bool lookUp(const std::string& host, std::shared_ptr<Mailbox> answer_to, std::uint64_t exchange,
                MonotonicTime deadline);

private:
    struct State;
    void start();
    void stop();

    std::shared_ptr<State> state_;
};

}  // namespace waybill::http
