#include "waybill/engine.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "engine_loop.h"
#include "waybill/worker_thread.h"

namespace waybill {

namespace {

constexpr Duration kRest = std::chrono::milliseconds(100);

/// Between two looks at whether the log is still in place.
constexpr Duration kLongestRest = std::chrono::milliseconds(500);

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
        given_.wait_for(lock, timeout, [this] { return value_.has_value(); });
        return std::move(value_);
    }

private:
    std::mutex mutex_;
    std::condition_variable given_;
    std::optional<T> value_;
};

/// What a host's reply throws does not reach the ring: others are in the same batch.
template <typename T>
Engine::Reply<T> fenced(Engine::Reply<T> reply) {
    return [reply = std::move(reply)](Result<T> result) {
        contained(nullptr, "", [&] { reply(std::move(result)); });
    };
}

Refusal refusalOf(Inbox::Offer offer) {
    if (offer == Inbox::Offer::kFull) {
        return {
            RefusalCode::kOverloaded, "too many commands wait already; try again in a second", {}};
    }
    return {RefusalCode::kUnavailable, "the engine is not running", {}};
}

}  // namespace

class Engine::Impl {
public:
    Impl(EventLog& log, Transport& transport, EngineOptions engine_options, Clock& engine_clock,
         Entropy& engine_entropy)
        : options(std::move(engine_options)),
          clock(engine_clock),
          entropy(engine_entropy),
          inbox(std::make_shared<Inbox>(options.max_waiting_commands)),
          loop(log, transport, options, entropy, inbox) {}

    /// Puts a command into the ring, or answers its `reply` at once.
    template <typename ConcreteCommand>
    void send(ConcreteCommand concrete) {
        Command command(std::move(concrete));
        const Inbox::Offer offer = running ? inbox->offer(command) : Inbox::Offer::kClosed;
        if (offer == Inbox::Offer::kTaken) return;
        std::get<ConcreteCommand>(command).reply(refusalOf(offer));
    }

    /// The same, and waits for the answer.
    template <typename T, typename ConcreteCommand>
    Result<T> call(ConcreteCommand concrete) {
        Answer<Result<T>> answer;
        concrete.reply = [&answer](Result<T> result) { answer.give(std::move(result)); };
        send(std::move(concrete));
        return answer.await();
    }

    std::string salt() {
        std::array<std::uint8_t, 16> bytes{};
        entropy.fill(bytes);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    StreamId newDeliveryId() { return newStreamId(kDeliveryPrefix, clock.now().wall, entropy); }

    void run() {
        MonotonicTime drain_until = MonotonicTime::max();
        while (true) {
            const Instant now = clock.now();
            if (stopping && drain_until == MonotonicTime::max()) {
                loop.drain();
                drain_until = now.monotonic + drain_for;
            }
            // The loop contains what its steps throw; what is left (no memory) is tried again.
            MonotonicTime next = now.monotonic + kRest;
            contained(nullptr, "", [&] { next = loop.tick(now); });
            if (now.monotonic >= drain_until) break;
            if (stopping && loop.inFlight() == 0) break;
            inbox->wait(std::min({next, drain_until, now.monotonic + kLongestRest}));
        }
        // What came in just before the door was closed.
        contained(nullptr, "", [&] { loop.tick(clock.now()); });
        contained(nullptr, "", [&] { loop.abort("the engine stops"); });
    }

    const EngineOptions options;
    Clock& clock;
    Entropy& entropy;
    std::shared_ptr<Inbox> inbox;
    EngineLoop loop;
    std::mutex life;  ///< start and stop, one at a time
    std::thread thread;
    std::atomic<bool> running = false;
    std::atomic<bool> stopping = false;
    Duration drain_for{};
};

Engine::Engine(EventLog& log, Transport& transport, EngineOptions options, Clock& clock,
               Entropy& entropy)
    : impl_(std::make_unique<Impl>(log, transport, std::move(options), clock, entropy)) {}

Engine::~Engine() {
    stop();
}

void Engine::start() {
    const std::lock_guard lock(impl_->life);
    if (impl_->running || impl_->stopping) return;
    impl_->loop.recover(impl_->clock.now());
    impl_->running = true;
    impl_->thread = startWorkerThread("waybill-engine", [this] { impl_->run(); });
}

void Engine::stop(Duration drain) {
    const std::lock_guard lock(impl_->life);
    impl_->inbox->close();
    impl_->running = false;
    if (!impl_->stopping) impl_->drain_for = drain;
    impl_->stopping = true;
    impl_->inbox->wake();
    if (impl_->thread.joinable()) impl_->thread.join();
}

Result<Accepted> Engine::submit(Submission submission) {
    Answer<Result<Accepted>> answer;
    submit(std::move(submission),
           [&answer](Result<Accepted> result) { answer.give(std::move(result)); });
    return answer.await();
}

void Engine::submit(Submission submission, Reply<Accepted> reply) {
    auto decided = decideSubmission(std::move(submission), impl_->options, impl_->salt(),
                                    impl_->clock.now().wall);
    if (!decided) return reply(decided.refusal());
    impl_->send(SubmitCommand{impl_->newDeliveryId(), std::move(decided).value(),
                              fenced(std::move(reply))});
}

Result<Delivery> Engine::redeliver(Redelivery redelivery) {
    return impl_->call<Delivery>(RedeliverCommand{std::move(redelivery), impl_->salt(), {}});
}

void Engine::redeliver(Redelivery redelivery, Reply<Delivery> reply) {
    impl_->send(RedeliverCommand{std::move(redelivery), impl_->salt(), fenced(std::move(reply))});
}

Result<Delivery> Engine::cancel(Cancellation cancellation) {
    return impl_->call<Delivery>(CancelCommand{std::move(cancellation), {}});
}

void Engine::cancel(Cancellation cancellation, Reply<Delivery> reply) {
    impl_->send(CancelCommand{std::move(cancellation), fenced(std::move(reply))});
}

Result<Response> Engine::createResponse(ResponseCreation creation) {
    return impl_->call<Response>(CreateResponseCommand{std::move(creation), impl_->salt(), {}});
}

Result<Response> Engine::completeResponse(ResponseCompletion completion) {
    const Digest digest = completion.object ? sha256(*completion.object) : Digest{};
    return impl_->call<Response>(CompleteResponseCommand{
        std::move(completion), digest, impl_->newDeliveryId(), impl_->salt(), {}});
}

Result<Response> Engine::deleteResponse(ResponseDeletion deletion) {
    return impl_->call<Response>(DeleteResponseCommand{std::move(deletion), {}});
}

Result<Delivery> Engine::callResponseBack(LateCallback callback) {
    return impl_->call<Delivery>(
        LateCallbackCommand{std::move(callback), impl_->newDeliveryId(), impl_->salt(), {}});
}

Result<BulkRedelivery> Engine::recordBulk(BulkStep step) {
    return impl_->call<BulkRedelivery>(BulkCommand{std::move(step), {}});
}

Result<EndpointState> Engine::pauseEndpoint(EndpointCommand command) {
    return impl_->call<EndpointState>(PauseCommand{std::move(command), {}});
}

Result<EndpointState> Engine::resumeEndpoint(EndpointCommand command) {
    return impl_->call<EndpointState>(ResumeCommand{std::move(command), {}});
}

Result<AttemptRequest> Engine::checkRequest(const StreamId& delivery, Bytes body) {
    return impl_->call<AttemptRequest>(
        CheckRequestCommand{delivery,
                            newStreamId(kCheckPrefix, impl_->clock.now().wall, impl_->entropy),
                            std::move(body),
                            {}});
}

std::optional<Delivery> Engine::waitUntilFinished(const StreamId& delivery, Duration timeout) {
    // Shared: the answer may come after we have given up waiting for it.
    const auto answer = std::make_shared<Answer<std::optional<Delivery>>>();
    Command watch(WatchCommand{
        delivery, [answer](std::optional<Delivery> state) { answer->give(std::move(state)); }});
    if (!impl_->running || impl_->inbox->offer(watch) != Inbox::Offer::kTaken) return std::nullopt;
    return answer->awaitFor(timeout).value_or(std::nullopt);
}

void Engine::setSigningKeys(std::vector<SigningKey> keys) {
    impl_->inbox->push(Command(SetSigningKeysCommand{std::move(keys)}));
}

EngineHealth Engine::health() const {
    return impl_->loop.health();
}

}  // namespace waybill
