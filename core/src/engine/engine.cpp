#include "waybill/engine.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/engine_loop.h"
#include "waybill/worker_thread.h"

namespace waybill {

namespace {

constexpr Duration kRest = std::chrono::milliseconds(100);

/// Between two looks at whether the log is still in place.
constexpr Duration kLongestRest = std::chrono::milliseconds(500);

/// Longer than any program runs, and short enough to be added to any time.
constexpr Duration kForever = std::chrono::days(365 * 100);

MonotonicTime after(MonotonicTime now, Duration wait) {
    return now + std::min(wait, kForever);
}

/// Waits on one thread for the answer that another gives.
template <typename T>
class Answer {
public:
    void give(T value) {
        const std::lock_guard lock(mutex_);
        value_ = std::move(value);
        given_.notify_all();
    }
    T await() {
        std::unique_lock lock(mutex_);
        given_.wait(lock, [this] { return value_.has_value(); });
        return *std::move(value_);
    }
    std::optional<T> awaitFor(Duration timeout) {
        std::unique_lock lock(mutex_);
        given_.wait_for(lock, std::min(timeout, kForever), [this] { return value_.has_value(); });
        return std::move(value_);
    }

private:
    std::mutex mutex_;
    std::condition_variable given_;
    std::optional<T> value_;
};

/// Whether the host has said that there is more than one client.
bool isShared(const EngineOptions& options) {
    return options.max_in_flight_per_client != 0 &&
           options.max_in_flight_per_client < options.max_in_flight;
}

Refusal refusalOf(Inbox::Offer offer) {
    if (offer == Inbox::Offer::kFull) {
        return {
            RefusalCode::kOverloaded, "too many commands wait already; try again in a second", {}};
    }
    if (offer == Inbox::Offer::kShareFull) {
        return {RefusalCode::kLimited,
                "half of what may wait for the log is this client's already; submit again in 1 "
                "second",
                {},
                std::chrono::seconds(1)};
    }
    return {RefusalCode::kUnavailable, "the engine is not running", {}};
}

}  // namespace

class Engine::Impl {
public:
    Impl(EventLog& log, Transport& transport, EngineOptions engine_options, Clock& host_clock,
         Entropy& host_entropy)
        : options(std::move(engine_options)),
          fence(std::make_shared<HostFence>(options.on_problem)),
          clock(host_clock, fence),
          entropy(host_entropy, fence),
          inbox(std::make_shared<Inbox>(options.max_waiting_commands, options.max_waiting_bytes,
                                        isShared(options))),
          loop(log, transport, options, host_entropy, inbox, fence) {}

    /// Why a command cannot even wait for its turn; nothing: it can. Asked before anything is
    /// locked or drawn: in a forked process the locks may be taken for ever.
    std::optional<Refusal> refuseCaller() const {
        if (isForked()) {
            return Refusal{RefusalCode::kUnavailable,
                           "this process was forked from the one in which the engine runs; open a "
                           "log and an engine of its own, or call exec",
                           {}};
        }
        if (!running) return refusalOf(Inbox::Offer::kClosed);
        return std::nullopt;
    }

    /// Puts the command that `make` makes of a reply into the ring, or answers at once.
    template <typename T, typename Make>
    void send(ReplyOnce<T> reply, Make make) {
        reply.through(fence);
        if (auto refusal = refuseCaller()) return reply.give(*std::move(refusal));
        // Without memory for it the command is dropped, and so answered.
        contained(fence->report(), "a command", [&] {
            auto concrete = make(std::move(reply));
            using Concrete = decltype(concrete);
            Command command(std::move(concrete));
            const Inbox::Offer offer = inbox->offer(command);
            if (offer != Inbox::Offer::kTaken)
                std::get<Concrete>(command).reply.give(refusalOf(offer));
        });
    }

    /// The same, and waits for the answer.
    template <typename T, typename Make>
    Result<T> call(Make make) {
        if (isOwnThread() && !isForked()) {
            return Refusal{RefusalCode::kConflict,
                           "this call waits for the engine's thread and was made on it, in a reply "
                           "or a hook; make it from another thread",
                           {}};
        }
        Answer<Result<T>> answer;
        send(ReplyOnce<T>([&answer](Result<T> result) { answer.give(std::move(result)); }),
             std::move(make));
        return answer.await();
    }

    bool isOwnThread() const { return std::this_thread::get_id() == thread_id.load(); }
    /// Neither the engine's thread nor what its locks protect is there in a forked process.
    bool isForked() const { return getpid() != process; }

    std::string salt() {
        std::array<std::uint8_t, 16> bytes{};
        entropy.fill(bytes);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    Result<Decided> decide(Submission submission) {
        return decideSubmission(std::move(submission), options, salt(), clock.now().wall);
    }

    StreamId newDeliveryId() { return newStreamId(kDeliveryPrefix, clock.now().wall, entropy); }

    void run() {
        thread_id = std::this_thread::get_id();
        MonotonicTime drain_until = MonotonicTime::max();
        while (true) {
            const Instant now = clock.now();
            if (stopping && drain_until == MonotonicTime::max()) {
                loop.drain();
                drain_until = after(now.monotonic, drain_for);
            }
            // The loop contains what its steps throw; what is left (no memory) is tried again.
            MonotonicTime next = now.monotonic + kRest;
            contained(fence->report(), "the engine's thread", [&] { next = loop.tick(now); });
            if (now.monotonic >= drain_until) break;
            if (stopping && loop.inFlight() == 0) break;
            inbox->wait(std::min({next, drain_until, now.monotonic + kLongestRest}));
        }
        // What came in just before the inbox was closed.
        contained(fence->report(), "the engine's thread", [&] { loop.tick(clock.now()); });
        while (!contained(fence->report(), "the engine's thread",
                          [&] { loop.abort("the engine stops"); }))
            inbox->wait(systemClock().now().monotonic + kRest);
        thread_id = std::thread::id{};
    }

    const EngineOptions options;
    const pid_t process = getpid();
    const std::shared_ptr<HostFence> fence;
    FencedClock clock;
    FencedEntropy entropy;
    std::shared_ptr<Inbox> inbox;
    EngineLoop loop;
    std::mutex life;  ///< start and stop, one at a time
    std::thread thread;
    std::atomic<std::thread::id> thread_id{};
    std::atomic<bool> running = false;
    std::atomic<bool> stopping = false;
    std::atomic<std::uint64_t> watchers = 0;
    Duration drain_for{};
};

Engine::Engine(EventLog& log, Transport& transport, EngineOptions options, Clock& clock,
               Entropy& entropy)
    : impl_(std::make_unique<Impl>(log, transport, std::move(options), clock, entropy)) {}

Engine::~Engine() {
    stop();
    // In a forked process there is no such thread, and what it used cannot be taken apart.
    if (impl_->isForked()) static_cast<void>(impl_.release());
}

void Engine::start() {
    if (impl_->isForked()) return;
    const std::lock_guard lock(impl_->life);
    if (impl_->running || impl_->stopping) return;
    impl_->loop.recover(impl_->clock.now());
    impl_->thread = startWorkerThread(
        "waybill-engine", [this] { impl_->run(); }, impl_->fence->report());
    impl_->running = true;
}

void Engine::stop(Duration drain) {
    if (impl_->isForked()) return;
    if (impl_->isOwnThread()) {
        impl_->fence->problem("stop",
                              "it was called on the engine's own thread, which it waits "
                              "for, and did nothing");
        return;
    }
    const std::lock_guard lock(impl_->life);
    impl_->inbox->close();
    impl_->running = false;
    if (!impl_->stopping) impl_->drain_for = drain;
    impl_->stopping = true;
    impl_->inbox->wake();
    if (impl_->thread.joinable()) impl_->thread.join();
}

Result<Accepted> Engine::submit(Submission submission) {
    if (auto refusal = impl_->refuseCaller()) return *std::move(refusal);
    auto decided = impl_->decide(std::move(submission));
    if (!decided) return decided.refusal();
    return impl_->call<Accepted>([&](ReplyOnce<Accepted> reply) {
        return SubmitCommand{impl_->newDeliveryId(), std::move(decided).value(), std::move(reply)};
    });
}

void Engine::submit(Submission submission, Reply<Accepted> reply) {
    ReplyOnce<Accepted> once(std::move(reply));
    once.through(impl_->fence);
    if (auto refusal = impl_->refuseCaller()) return once.give(*std::move(refusal));
    auto decided = impl_->decide(std::move(submission));
    if (!decided) return once.give(decided.refusal());
    impl_->send(std::move(once), [&](ReplyOnce<Accepted> given) {
        return SubmitCommand{impl_->newDeliveryId(), std::move(decided).value(), std::move(given)};
    });
}

Result<Delivery> Engine::redeliver(Redelivery redelivery) {
    return impl_->call<Delivery>([&](ReplyOnce<Delivery> reply) {
        return RedeliverCommand{std::move(redelivery), impl_->salt(), std::move(reply)};
    });
}

void Engine::redeliver(Redelivery redelivery, Reply<Delivery> reply) {
    impl_->send(ReplyOnce<Delivery>(std::move(reply)), [&](ReplyOnce<Delivery> given) {
        return RedeliverCommand{std::move(redelivery), impl_->salt(), std::move(given)};
    });
}

Result<Delivery> Engine::cancel(Cancellation cancellation) {
    return impl_->call<Delivery>([&](ReplyOnce<Delivery> reply) {
        return CancelCommand{std::move(cancellation), std::move(reply)};
    });
}

void Engine::cancel(Cancellation cancellation, Reply<Delivery> reply) {
    impl_->send(ReplyOnce<Delivery>(std::move(reply)), [&](ReplyOnce<Delivery> given) {
        return CancelCommand{std::move(cancellation), std::move(given)};
    });
}

Result<Response> Engine::createResponse(ResponseCreation creation) {
    return impl_->call<Response>([&](ReplyOnce<Response> reply) {
        return CreateResponseCommand{std::move(creation), impl_->salt(), std::move(reply)};
    });
}

Result<Response> Engine::completeResponse(ResponseCompletion completion) {
    return impl_->call<Response>([&](ReplyOnce<Response> reply) {
        const Digest digest = completion.object ? sha256(*completion.object) : Digest{};
        return CompleteResponseCommand{std::move(completion), digest, impl_->newDeliveryId(),
                                       impl_->salt(), std::move(reply)};
    });
}

Result<Response> Engine::deleteResponse(ResponseDeletion deletion) {
    return impl_->call<Response>([&](ReplyOnce<Response> reply) {
        return DeleteResponseCommand{std::move(deletion), std::move(reply)};
    });
}

Result<Delivery> Engine::callResponseBack(LateCallback callback) {
    return impl_->call<Delivery>([&](ReplyOnce<Delivery> reply) {
        return LateCallbackCommand{std::move(callback), impl_->newDeliveryId(), impl_->salt(),
                                   std::move(reply)};
    });
}

Result<BulkRedelivery> Engine::recordBulk(BulkStep step) {
    return impl_->call<BulkRedelivery>([&](ReplyOnce<BulkRedelivery> reply) {
        return BulkCommand{std::move(step), std::move(reply)};
    });
}

Result<EndpointState> Engine::pauseEndpoint(EndpointCommand command) {
    return impl_->call<EndpointState>([&](ReplyOnce<EndpointState> reply) {
        return PauseCommand{std::move(command), std::move(reply)};
    });
}

Result<EndpointState> Engine::resumeEndpoint(EndpointCommand command) {
    return impl_->call<EndpointState>([&](ReplyOnce<EndpointState> reply) {
        return ResumeCommand{std::move(command), std::move(reply)};
    });
}

Result<Done> Engine::recordAccess(AccessNote note) {
    return impl_->call<Done>([&](ReplyOnce<Done> reply) {
        return AccessCommand{std::move(note), std::move(reply)};
    });
}

void Engine::recordAccess(AccessNote note, Reply<Done> reply) {
    impl_->send(ReplyOnce<Done>(std::move(reply)), [&](ReplyOnce<Done> given) {
        return AccessCommand{std::move(note), std::move(given)};
    });
}

Result<AttemptRequest> Engine::checkRequest(const StreamId& delivery, Bytes body) {
    return impl_->call<AttemptRequest>([&](ReplyOnce<AttemptRequest> reply) {
        return CheckRequestCommand{
            delivery, newStreamId(kCheckPrefix, impl_->clock.now().wall, impl_->entropy),
            std::move(body), std::move(reply)};
    });
}

std::optional<Delivery> Engine::waitUntilFinished(const StreamId& delivery, Duration timeout) {
    if (impl_->isOwnThread()) return std::nullopt;
    // Shared: the answer may come after we have given up waiting for it.
    const auto answer = std::make_shared<Answer<Result<Delivery>>>();
    const std::uint64_t watcher = ++impl_->watchers;
    impl_->send(
        ReplyOnce<Delivery>([answer](Result<Delivery> state) { answer->give(std::move(state)); }),
        [&](ReplyOnce<Delivery> reply) {
            return WatchCommand{delivery, std::move(reply), watcher};
        });
    const auto state = answer->awaitFor(timeout);
    if (!state) impl_->inbox->push(Command(UnwatchCommand{delivery, watcher}));
    return state && state->ok() ? std::optional(state->value()) : std::nullopt;
}

void Engine::setSigningKeys(std::vector<SigningKey> keys) {
    if (impl_->isForked()) return;
    impl_->inbox->push(Command(SetSigningKeysCommand{std::move(keys)}));
}

EngineHealth Engine::health() const {
    if (impl_->isForked()) {
        EngineHealth health;
        health.problem = impl_->refuseCaller()->message;
        return health;
    }
    return impl_->loop.health();
}

}  // namespace waybill
