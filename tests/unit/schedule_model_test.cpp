// Does the schedule do the same as a model that looks at everything each time?
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/schedule.h"
#include "support/chance.h"
#include "waybill/endpoint.h"

namespace waybill::test {
namespace {

using namespace std::chrono_literals;

using Key = Schedule::Key;

constexpr Schedule::Limits kLimits{
    .in_flight = 20, .in_flight_per_endpoint = 6, .in_flight_per_client = 8};

/// What the schedule should know, kept as plainly as possible.
class Model {
public:
    struct Entry {
        std::string client;
        std::string endpoint;
        MonotonicTime due;
        bool recorded = false;
        std::uint32_t epoch = 0;
        std::uint32_t wire_epoch = 0;
        MonotonicTime started{};
    };

    std::map<Key, Entry> waiting;
    std::map<Key, Entry> on_wire;
    std::set<std::string> paused;
    std::map<std::string, CongestionWindow> windows;
    CongestionWindow wire{kLimits.in_flight, kLimits.in_flight};
    std::map<std::string, MonotonicTime> not_before;  ///< by client

    CongestionWindow& window(const std::string& endpoint) {
        return windows.try_emplace(endpoint, 16, kLimits.in_flight_per_endpoint).first->second;
    }

    template <typename Predicate>
    static std::size_t countOf(const std::map<Key, Entry>& entries, Predicate predicate) {
        return static_cast<std::size_t>(
            std::count_if(entries.begin(), entries.end(),
                          [&](const auto& entry) { return predicate(entry.second); }));
    }

    /// Whether `entry` may be taken as far as its time does not decide that.
    bool hasRoom(const Entry& entry) {
        const auto same_endpoint = [&](const Entry& e) { return e.endpoint == entry.endpoint; };
        const auto same_client = [&](const Entry& e) { return e.client == entry.client; };
        return !paused.contains(std::string(kEveryEndpoint)) && !paused.contains(entry.endpoint) &&
               on_wire.size() < std::min(kLimits.in_flight, wire.size()) &&
               countOf(on_wire, same_endpoint) < window(entry.endpoint).size() &&
               countOf(on_wire, same_client) < kLimits.in_flight_per_client;
    }

    MonotonicTime dueOf(const Entry& entry) const {
        const auto held = not_before.find(entry.client);
        return held == not_before.end() ? entry.due : std::max(entry.due, held->second);
    }

    void start(Key key, MonotonicTime now) {
        Entry entry = waiting.at(key);
        waiting.erase(key);
        startNew(key, entry, now);
    }
    void startNew(Key key, Entry entry, MonotonicTime now) {
        entry.epoch = window(entry.endpoint).epoch();
        entry.wire_epoch = wire.epoch();
        entry.started = now;
        on_wire[key] = entry;
    }

    void finish(Key key, Feedback feedback, MonotonicTime now) {
        const Entry entry = on_wire.at(key);
        on_wire.erase(key);
        const Duration round_trip = now - entry.started;
        if (feedback == Feedback::kAnswered) window(entry.endpoint).grow(now, round_trip);
        if (feedback == Feedback::kPushedBack) window(entry.endpoint).halve(entry.epoch, now);
        if (feedback == Feedback::kLocalFault) {
            const auto size = std::max<std::size_t>(on_wire.size(), 16);
            wire.shrinkTo(static_cast<std::uint32_t>(size), entry.wire_epoch, now);
        } else {
            wire.grow(now, round_trip);
        }
    }

    /// A client of which nothing waits and nothing is on the wire is held back no more.
    void forgetClients() {
        std::erase_if(not_before, [&](const auto& held) {
            const auto its = [&](const Entry& e) { return e.client == held.first; };
            return countOf(waiting, its) + countOf(on_wire, its) == 0;
        });
    }
};

class Trial {
public:
    explicit Trial(std::uint64_t seed) : chance_(seed) {}

    void step() {
        change();
        model_.forgetClients();
        for (auto times = chance_.below(4); times > 0 && !::testing::Test::HasFatalFailure();
             --times)
            take();
        ASSERT_EQ(schedule_.waiting(), model_.waiting.size());
        ASSERT_EQ(schedule_.inFlight(), model_.on_wire.size());
        std::optional<MonotonicTime> oldest;
        for (const auto& [key, entry] : model_.waiting)
            oldest = std::min(oldest.value_or(entry.due), entry.due);
        ASSERT_EQ(schedule_.oldestDue(), oldest);
    }

    /// Nothing is held any more and everything is answered: then everything is taken, and nextDue
    /// says when.
    void drain() {
        for (const std::string& endpoint : std::set(model_.paused))
            resume(endpoint);
        for (;;) {
            while (!model_.on_wire.empty())
                finish(model_.on_wire.begin()->first, Feedback::kAnswered);
            const auto due = schedule_.nextDue(now_);
            if (!due) break;
            now_ = std::max(now_, *due);
            take();
            if (::testing::Test::HasFatalFailure()) return;
        }
        ASSERT_TRUE(model_.waiting.empty());
        ASSERT_EQ(schedule_.waiting(), 0u);
        ASSERT_EQ(schedule_.clients(), 0u);
    }

private:
    void change() {
        const std::string client = "client " + std::to_string(chance_.below(4));
        const std::string endpoint = "https://" + std::to_string(chance_.below(5));
        const Key key = chance_.below(60);
        switch (chance_.below(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return add(key, client, endpoint);
            case 4: {
                ASSERT_EQ(schedule_.waits(key), model_.waiting.contains(key));
                ASSERT_EQ(schedule_.remove(key), model_.waiting.erase(key) == 1);
                return;
            }
            case 5:
                return pause(chance_.oneIn(4) ? std::string(kEveryEndpoint) : endpoint);
            case 6:
            case 7:
                if (!model_.paused.empty()) resume(*model_.paused.begin());
                return;
            case 8:
            case 9:
                for (int i = 0; i < 3 && !model_.on_wire.empty(); ++i)
                    finish(anyOnWire(), anyFeedback());
                return;
            case 10:
                return rarely(key, client, endpoint);
            default:
                now_ += std::chrono::milliseconds(chance_.below(2'000));
        }
    }

    void rarely(Key key, const std::string& client, const std::string& endpoint) {
        switch (chance_.below(2)) {
            case 0:
                if (model_.waiting.contains(key) || model_.on_wire.contains(key)) return;
                schedule_.resumeInFlight(key, client, endpoint, now_);
                return model_.startNew(key, {client, endpoint, now_}, now_);
            default: {
                if (model_.on_wire.empty()) return;
                const Key back = anyOnWire();
                const MonotonicTime not_before =
                    now_ + std::chrono::milliseconds(chance_.below(500));
                const Model::Entry entry = model_.on_wire.at(back);
                model_.on_wire.erase(back);
                model_.waiting[back] = entry;
                if (chance_.oneIn(2)) return schedule_.putBack(back);
                schedule_.putBackUntil(back, not_before);
                model_.not_before[entry.client] = not_before;
            }
        }
    }

    void add(Key key, const std::string& client, const std::string& endpoint) {
        if (model_.on_wire.contains(key)) return;
        const MonotonicTime due = now_ + std::chrono::seconds(chance_.below(20)) - 5s;
        const bool recorded = chance_.oneIn(3);
        schedule_.add(key, client, endpoint, due, recorded);
        const auto waiting = model_.waiting.find(key);
        if (recorded && waiting != model_.waiting.end() &&
            (!waiting->second.recorded || waiting->second.due <= due))
            return;
        model_.waiting[key] = {client, endpoint, due, recorded};
    }

    void pause(const std::string& endpoint) {
        schedule_.pause(endpoint);
        model_.paused.insert(endpoint);
    }
    void resume(const std::string& endpoint) {
        schedule_.resume(endpoint);
        model_.paused.erase(endpoint);
    }

    void finish(Key key, Feedback feedback) {
        schedule_.finished(key, feedback, now_);
        model_.finish(key, feedback, now_);
    }

    void take() {
        model_.forgetClients();
        bool startable = false;
        std::optional<MonotonicTime> next;
        for (const auto& [key, entry] : model_.waiting) {
            if (!model_.hasRoom(entry)) continue;
            const MonotonicTime due = model_.dueOf(entry);
            startable = startable || due <= now_;
            next = std::min(next.value_or(due), due);
        }
        // Half of the time nobody asks before, which must make no difference.
        if (chance_.oneIn(2)) {
            const auto said = schedule_.nextDue(now_);
            ASSERT_EQ(said && *said <= now_, startable);
            ASSERT_TRUE(!next || (said && *said <= std::max(*next, now_))) << "or it is late";
        }
        const auto taken = schedule_.takeNext(now_);
        ASSERT_EQ(taken.has_value(), startable);
        if (!taken) return;
        ASSERT_TRUE(model_.waiting.contains(*taken));
        const Model::Entry entry = model_.waiting.at(*taken);
        ASSERT_TRUE(model_.hasRoom(entry));
        ASSERT_LE(model_.dueOf(entry), now_);
        for (const auto& [key, other] : model_.waiting) {
            if (other.client != entry.client || other.endpoint != entry.endpoint) continue;
            ASSERT_LE(std::pair(entry.due, *taken), std::pair(other.due, key));
        }
        model_.start(*taken, now_);
    }

    Key anyOnWire() {
        return std::next(model_.on_wire.begin(),
                         static_cast<std::ptrdiff_t>(chance_.below(model_.on_wire.size())))
            ->first;
    }
    Feedback anyFeedback() {
        if (chance_.percent(60)) return Feedback::kAnswered;
        return static_cast<Feedback>(chance_.below(4));
    }

    Chance chance_;
    MonotonicTime now_{1h};
    Schedule schedule_{kLimits};
    Model model_;
};

TEST(ScheduleModel, WhateverHappensItTakesWhatTheModelTakesWhenTheModelDoes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Trial trial(seed);
        for (int step = 0; step < 2'000; ++step) {
            trial.step();
            if (HasFatalFailure()) FAIL() << "step " << step;
        }
        trial.drain();
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace waybill::test
