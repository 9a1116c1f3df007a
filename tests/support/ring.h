// The ring of an engine, driven step by step on a virtual clock.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine_loop.h"
#include "support/fake_transport.h"
#include "support/faulty_log.h"
#include "support/memory_log.h"
#include "support/virtual_clock.h"

namespace waybill::test {

/// How often somebody was answered, and with what.
template <typename T>
struct Asked {
    int answers = 0;
    std::optional<Result<T>> last{};

    bool ok() const { return last && last->ok(); }
    /// Nothing where nobody refused.
    std::optional<RefusalCode> refused() const {
        if (!last || last->ok()) return std::nullopt;
        return last->refusal().code;
    }
    std::string message() const { return last && !last->ok() ? last->refusal().message : ""; }
};

/// Entropy without surprise: no jitter, and ids that differ.
class SteadyEntropy : public Entropy {
public:
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out)
            byte = 0;
        out[0] = 0x80;  // the middle of symmetricUnit's range
        for (std::size_t i = 0; out.size() >= 10 && i < 8; ++i)
            out[out.size() - 1 - i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
        ++counter_;
    }

private:
    std::uint64_t counter_ = 1;
};

/// Puts commands into a ring and drives it. Each way in takes what the public Engine takes.
class Ring {
public:
    Ring(EventLog& log, Transport& wire, EngineOptions options, VirtualClock& clock,
         Entropy& entropy)
        : clock_(clock),
          entropy_(entropy),
          options_(std::move(options)),
          inbox_(std::make_shared<Inbox>(options_.max_waiting_commands)),
          loop_(log, wire, options_, entropy, inbox_) {}

    void recover() { loop_.recover(clock_.now()); }
    void tick() { loop_.tick(clock_.now()); }
    void pass(Duration time) {
        clock_.advance(time);
        tick();
    }
    /// In steps of a second, as an engine that is never quiet for longer.
    void passInSteps(Duration time) {
        const Duration step = std::chrono::seconds(1);
        for (; time >= step; time -= step)
            pass(step);
        if (time > Duration::zero()) pass(time);
    }
    void abort() { loop_.abort("the engine stops"); }
    EngineHealth health() const { return loop_.health(); }

    /// The id it would get; empty when it was refused at once.
    StreamId submit(Submission submission, Engine::Reply<Accepted> reply) {
        auto decided = decideSubmission(std::move(submission), options_, "salt", clock_.now().wall);
        if (!decided) {
            reply(decided.refusal());
            return {};
        }
        StreamId id = newDeliveryId();
        put(SubmitCommand{id, std::move(decided).value(), std::move(reply)});
        return id;
    }
    void redeliver(Redelivery redelivery, Engine::Reply<Delivery> reply) {
        put(RedeliverCommand{std::move(redelivery), "salt", std::move(reply)});
    }
    void cancel(Cancellation cancellation, Engine::Reply<Delivery> reply) {
        put(CancelCommand{std::move(cancellation), std::move(reply)});
    }
    void createResponse(ResponseCreation creation, Engine::Reply<Response> reply) {
        put(CreateResponseCommand{std::move(creation), "salt", std::move(reply)});
    }
    void completeResponse(ResponseCompletion completion, Engine::Reply<Response> reply) {
        const Digest digest = completion.object ? sha256(*completion.object) : Digest{};
        put(CompleteResponseCommand{std::move(completion), digest, newDeliveryId(), "salt",
                                    std::move(reply)});
    }
    void deleteResponse(ResponseDeletion deletion, Engine::Reply<Response> reply) {
        put(DeleteResponseCommand{std::move(deletion), std::move(reply)});
    }
    void callResponseBack(LateCallback callback, Engine::Reply<Delivery> reply) {
        put(LateCallbackCommand{std::move(callback), newDeliveryId(), "salt", std::move(reply)});
    }
    void recordBulk(BulkStep step, Engine::Reply<BulkRedelivery> reply) {
        put(BulkCommand{std::move(step), std::move(reply)});
    }
    void pause(EndpointCommand endpoint, Engine::Reply<EndpointState> reply) {
        put(PauseCommand{std::move(endpoint), std::move(reply)});
    }
    void resume(EndpointCommand endpoint, Engine::Reply<EndpointState> reply) {
        put(ResumeCommand{std::move(endpoint), std::move(reply)});
    }
    void recordAccess(AccessNote note, Engine::Reply<Done> reply) {
        put(AccessCommand{std::move(note), std::move(reply)});
    }
    void checkRequest(const StreamId& delivery, Engine::Reply<AttemptRequest> reply) {
        put(CheckRequestCommand{delivery, "chk_1", makeBytes("{}"), std::move(reply)});
    }
    void watch(const StreamId& delivery, Engine::Reply<Delivery> reply) {
        put(WatchCommand{delivery, std::move(reply)});
    }

private:
    StreamId newDeliveryId() { return newStreamId(kDeliveryPrefix, clock_.now().wall, entropy_); }
    template <typename Concrete>
    void put(Concrete concrete) {
        Command command(std::move(concrete));
        EXPECT_EQ(inbox_->offer(command), Inbox::Offer::kTaken);
    }

    VirtualClock& clock_;
    Entropy& entropy_;
    const EngineOptions options_;
    std::shared_ptr<Inbox> inbox_;
    EngineLoop loop_;
};

/// A wire that remembers which attempt was sent how often.
class CountingWire : public FakeTransport {
public:
    void send(AttemptRequest request, Completion done) override {
        const Sent sent{std::move(request), std::move(done)};
        ++sends_[sent.header("webhook-id") + " " + sent.header("waybill-attempt")];
        FakeTransport::send(sent.request, sent.done);
    }
    int sendsOf(const StreamId& id, int attempt) const {
        const auto found = sends_.find(id + " " + std::to_string(attempt));
        return found == sends_.end() ? 0 : found->second;
    }

private:
    std::map<std::string, int> sends_;
};

/// A log in memory whose calls can fail, a wire, and a ring on both.
class RingTest : public ::testing::Test {
protected:
    static constexpr auto kUrl = "http://hooks.example:8080/in?key=1";
    static constexpr auto kActor = "operator:kim";

    /// A ring on this log, with no memory of one before, as after a crash.
    virtual void start() {
        ring_.reset();
        wire_.forgetAll();
        ring_ = std::make_unique<Ring>(*log_, wire_, options_, clock_, entropy_);
        ring_->recover();
        ring_->tick();
    }

    static Submission submissionTo(const std::string& url, const std::string& payload = "{}") {
        return {.destination = {url, "s3cret"}, .payload = makeBytes(payload)};
    }
    template <typename T>
    static Engine::Reply<T> into(Asked<T>& asked) {
        return [&asked](Result<T> result) {
            ++asked.answers;
            asked.last = std::move(result);
        };
    }
    StreamId submitTo(const std::string& url, const std::string& payload = "{}") {
        Asked<Accepted> asked;
        ring_->submit(submissionTo(url, payload), into(asked));
        ring_->tick();
        EXPECT_TRUE(asked.ok()) << asked.message();
        return asked.ok() ? (*asked.last)->delivery.id : StreamId();
    }
    void answerOldest(AttemptOutcome outcome) {
        wire_.finishOldest(std::move(outcome));
        ring_->tick();
    }
    /// Until nothing is on the wire and nothing is due.
    void answerEverything(const AttemptOutcome& outcome) {
        for (int i = 0; i < 1000 && wire_.onWire() > 0; ++i) {
            while (wire_.onWire() > 0)
                wire_.finishOldest(outcome);
            ring_->tick();
        }
    }

    Delivery stateOf(const StreamId& id) { return memory_->findDelivery(id).value(); }
    std::vector<std::string> typesOf(const StreamId& id) {
        std::vector<std::string> types;
        for (const auto& event : memory_->readStream(id))
            types.emplace_back(typeName(event.event));
        return types;
    }
    std::size_t countOf(std::string_view type) {
        std::size_t count = 0;
        for (const auto& event : memory_->readAll(0, std::numeric_limits<std::size_t>::max()))
            count += typeName(event.event) == type ? 1u : 0u;
        return count;
    }

    /// Another log, empty, and no ring yet.
    void forgetTheLog() {
        ring_.reset();
        log_.emplace(memory_.emplace());
    }

    VirtualClock clock_;
    SteadyEntropy entropy_;
    std::optional<MemoryLog> memory_{std::in_place};
    std::optional<FaultyLog> log_{std::in_place, *memory_};
    CountingWire wire_;
    EngineOptions options_;
    std::unique_ptr<Ring> ring_;
};

}  // namespace waybill::test
