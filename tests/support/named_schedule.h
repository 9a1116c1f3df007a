// A schedule whose entries have names.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/schedule.h"

namespace waybill::test {

inline constexpr auto kA = "https://a.example:443";
inline constexpr auto kB = "https://b.example:443";
inline constexpr auto kC = "https://c.example:443";
inline constexpr auto kD = "https://d.example:443";

/// `time` after the tests of schedules begin.
inline MonotonicTime at(Duration time) {
    return MonotonicTime(std::chrono::hours(1) + time);
}
inline const MonotonicTime kStarted = at(Duration(0));

using Names = std::vector<std::string>;

/// Names stand for keys, which grow in the order in which names first come; what is taken is
/// remembered by endpoint, so that "one of those" can end. One client, unless it is told another.
class NamedSchedule : public Schedule {
public:
    explicit NamedSchedule(Limits limits, ClientAccounts* accounts = nullptr)
        : Schedule(limits, accounts) {}

    void add(const std::string& name, const std::string& endpoint, MonotonicTime due,
             const std::string& client = "client", bool recorded = false) {
        Schedule::add(keyOf(name), client, endpoint, due, recorded);
        endpoints_[keyOf(name)] = endpoint;
    }

    /// `count` deliveries `prefix`0, `prefix`1 … that are due at `due`.
    void addMany(const std::string& prefix, const std::string& endpoint, std::size_t count,
                 MonotonicTime due, const std::string& client = "client") {
        for (std::size_t i = 0; i < count; ++i)
            add(prefix + std::to_string(i), endpoint, due, client);
    }

    bool remove(const std::string& name) { return Schedule::remove(keyOf(name)); }

    /// At most `limit`, one after the other.
    Names take(MonotonicTime now, std::size_t limit) {
        Names taken;
        while (taken.size() < limit) {
            const auto key = takeNext(now);
            if (!key) break;
            taken.push_back(names_.at(*key));
            on_wire_[endpoints_.at(*key)].push_back(*key);
            keys_.erase(names_.at(*key));
        }
        return taken;
    }

    void resumeInFlight(const std::string& endpoint, MonotonicTime now) {
        const Key key = ++last_;
        Schedule::resumeInFlight(key, "client", endpoint, now);
        on_wire_[endpoint].push_back(key);
    }

    /// The `count` that were taken first of those that are on the wire to `endpoint` end.
    void finish(const std::string& endpoint, std::size_t count, Feedback feedback,
                MonotonicTime now) {
        for (std::size_t i = 0; i < count; ++i)
            finished(popTaken(endpoint), feedback, now);
    }

    /// Of those that are on the wire to `endpoint`, the one that was taken first waits again.
    void putBackFirst(const std::string& endpoint, std::optional<MonotonicTime> until = {}) {
        const Key key = popTaken(endpoint);
        keys_[names_.at(key)] = key;
        if (until)
            putBackUntil(key, *until);
        else
            putBack(key);
    }

private:
    Key keyOf(const std::string& name) {
        const auto [found, is_new] = keys_.try_emplace(name, last_ + 1);
        if (is_new) names_[++last_] = name;
        return found->second;
    }

    Key popTaken(const std::string& endpoint) {
        std::deque<Key>& taken = on_wire_.at(endpoint);
        const Key key = taken.front();
        taken.pop_front();
        return key;
    }

    Key last_ = 0;
    std::unordered_map<std::string, Key> keys_;
    std::unordered_map<Key, std::string> names_;
    std::unordered_map<Key, std::string> endpoints_;
    std::map<std::string, std::deque<Key>> on_wire_;
};

}  // namespace waybill::test
