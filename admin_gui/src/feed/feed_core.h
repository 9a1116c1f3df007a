// What the feed shares with the jobs it posts, which may outlive it.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <set>

#include "feed/feed.h"

namespace waybill::gui {

/// Kinds of questions; of each at most one is under way.
enum class Topic {
    kInfo,
    kStats,
    kEndpoints,
    kAffected,
    kList,
    kCounts,
    kLookup,
    kDetail,
    kOpenEvents,
    kPayload,
    kStretch,
    kTail,
    kRuns,
    kFoundRuns,
    kVerify,
    kCount
};

/// What went wrong, in words.
struct Failure {
    std::string words{};
    bool refused = false;  ///< the other side is there, and asking again will not help
};

/// Inside a catch block.
Failure currentFailure();

struct Feed::Core {
    explicit Core(FeedOptions given);

    // ---- any thread

    Timestamp now() const { return options.now ? options.now() : systemNow(); }
    static Timestamp systemNow();

    std::shared_ptr<const Snapshot> current() const;

    /// Changes a copy of the snapshot and puts it in the place of the old one. `pulse`: it is
    /// announced only when the log grew or the connection changed, so that a screen on which
    /// nothing happens sleeps.
    template <typename Change>
    void publish(Change change, bool pulse = false) {
        bool worth_it = true;
        {
            const std::lock_guard lock(mutex);
            auto next = std::make_shared<Snapshot>(*snapshot);
            change(*next);
            worth_it = !pulse || next->head != snapshot->head || !snapshot->info != !next->info ||
                       next->connection.link != snapshot->connection.link;
            snapshot = std::move(next);
        }
        if (worth_it && options.changed) options.changed();
    }

    /// Calls `question` with the interface and hands its result to `store`, which changes a
    /// snapshot. What goes wrong becomes the state of the connection. False: it went wrong.
    template <typename Question, typename Store>
    bool ask(Question question, Store store, bool pulse = false) {
        const auto began = std::chrono::steady_clock::now();
        try {
            auto result = question(*api());
            const auto took =
                std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
            publish(
                [&](Snapshot& next) {
                    answered(next, took);
                    store(next, result);
                },
                pulse);
            return true;
        } catch (...) {
            failed();
            return false;
        }
    }

    /// Puts a result where it belongs, or says why there is none.
    template <typename T>
    void keep(Loaded<T>& place, Result<T>& result) const {
        place.read_at = now();
        if (result.ok()) {
            place.value = std::make_shared<const T>(std::move(result).value());
            place.problem.clear();
            place.unsupported = false;
        } else {
            place.problem = result.refusal().message;
            place.unsupported = result.refusal().code == RefusalCode::kConflict;
        }
    }

    /// Made when it is first needed, and anew after the actor changed. Throws like its factory.
    std::shared_ptr<AdminApi> api();
    void answered(Snapshot& next, Duration took) const;
    /// Inside a catch block: the other side could not be asked.
    void failed();

    void notify(Severity severity, std::string title, std::string text);
    /// Inside a catch block: something here went wrong. Said once, however often it does.
    void reportFailure();
    /// Shows a run, once: one that is shown already keeps its serial, which is returned.
    std::uint64_t beginRun(const std::string& what, bool local, BulkView bulk);
    void updateRun(std::uint64_t serial, const std::function<void(Run&)>& change);
    bool stopAsked(std::uint64_t serial) const;

    /// Keeps a line for the next `flushTail`; announces the first.
    void addTailLine(const EventView& event);
    void flushTail();

    // ---- members

    const FeedOptions options;
    mutable std::mutex mutex;  ///< of what follows
    std::shared_ptr<const Snapshot> snapshot = std::make_shared<Snapshot>();
    std::shared_ptr<AdminApi> api_made;
    std::string actor;
    std::set<std::uint64_t> stopped_runs;
    EventLines tail_waiting;
    DeliveryNames tail_names;
    std::uint64_t next_serial = 1;

    std::array<std::atomic<bool>, static_cast<std::size_t>(Topic::kCount)> busy{};
    std::atomic<bool> tail_wanted{false};
    std::atomic<bool> stale{false};  ///< an action changed something: ask anew at once

    // ---- of the thread that ticks

    struct Due {
        Timestamp info{}, stats{}, affected{}, list{}, counts{}, lookup{}, detail{}, stretch{},
            tail{}, tail_flush{}, runs{}, found_runs{};
        std::uint64_t stats_head = 0, list_head = 0, counts_head = 0, lookup_head = 0,
                      detail_head = 0, stretch_head = 0;
        std::string stats_key, list_key, counts_key, lookup_key, stretch_key, affected_key;
        StreamId detail_id;
        std::string events_key, payload_key;
        bool tail_begun = false;
    } due;
};

}  // namespace waybill::gui
