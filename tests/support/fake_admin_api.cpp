#include "support/fake_admin_api.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <set>

namespace waybill::test {
namespace {

constexpr std::size_t kHealthSteps = 32;

bool startsWith(const std::string& text, const std::string& prefix) {
    return text.rfind(prefix, 0) == 0;
}

bool matches(const DeliveryFilter& filter, const DeliveryView& view) {
    const LastAttempt& last = view.last_attempt;
    const auto differs = [](const std::string& wanted, const std::string& is) {
        return !wanted.empty() && wanted != is;
    };
    if (differs(filter.status, view.status) || differs(filter.endpoint, view.endpoint))
        return false;
    if (differs(filter.client, view.client) || differs(filter.subject, view.subject)) return false;
    if (!filter.reason.empty() && (!last.reason || toString(*last.reason) != filter.reason))
        return false;
    if (filter.http_status && last.http_status != filter.http_status) return false;
    if (filter.since && view.created_at < *filter.since) return false;
    if (filter.until && view.created_at >= *filter.until) return false;
    return filter.q.empty() || startsWith(view.id, filter.q) ||
           startsWith(view.subject, filter.q) || startsWith(view.url, filter.q);
}

std::optional<Duration> percentile(std::vector<Duration>& durations, double part) {
    if (durations.empty()) return std::nullopt;
    const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(durations.size() - 1));
    std::nth_element(durations.begin(), durations.begin() + at, durations.end());
    return durations[static_cast<std::size_t>(at)];
}

LatencyView latencyOf(std::vector<Duration> durations) {
    return {percentile(durations, 0.5), percentile(durations, 0.95), percentile(durations, 0.99)};
}

class FakeAdminApi final : public AdminApi {
public:
    FakeAdminApi(std::shared_ptr<FakeWorld> world, std::string actor)
        : world_(std::move(world)), actor_(std::move(actor)) {}

    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter, std::uint32_t limit,
                                          const std::string& cursor) override {
        return deliveries(filter, PageRequest{limit, cursor, DeliveryOrder::kCreated, false});
    }

    Result<Page<DeliveryView>> deliveries(const DeliveryFilter& filter,
                                          const PageRequest& request) override {
        const std::lock_guard lock(reach(__func__));
        if (world_->minimal && (request.order != DeliveryOrder::kCreated || request.reverse))
            return unavailable();
        std::vector<const DeliveryView*> found;
        for (const auto& entry : world_->entries) {
            const bool waits =
                request.order != DeliveryOrder::kNextAttempt || entry.view.next_attempt_at;
            if (waits && matches(filter, entry.view)) found.push_back(&entry.view);
        }
        sort(found, request);
        // A cursor names the row it begins behind, as a keyset does.
        std::size_t begin = 0;
        if (!request.cursor.empty()) {
            const auto last = std::find_if(found.begin(), found.end(), [&](const auto* view) {
                return view->id == request.cursor;
            });
            begin = static_cast<std::size_t>(last - found.begin()) + 1;
        }
        Page<DeliveryView> page;
        for (std::size_t i = begin; i < found.size() && page.data.size() < request.limit; ++i)
            page.data.push_back(*found[i]);
        if (begin + page.data.size() < found.size()) page.next_cursor = page.data.back().id;
        return page;
    }

    Result<std::uint64_t> countDeliveries(const DeliveryFilter& filter) override {
        const std::lock_guard lock(reach(__func__));
        if (world_->minimal) return unavailable();
        return static_cast<std::uint64_t>(matching(filter).size());
    }

    Result<DeliveryDetail> delivery(const StreamId& id) override {
        const std::lock_guard lock(reach(__func__));
        const auto* entry = world_->find(id);
        if (entry == nullptr) return notFound(id);
        return DeliveryDetail{entry->view, entry->attempts};
    }

    Result<Page<EventView>> deliveryEvents(const StreamId& id) override {
        const std::lock_guard lock(reach(__func__));
        Page<EventView> page;
        for (const EventView& event : world_->log) {
            if (event.stream == id) page.data.push_back(event);
        }
        if (page.data.empty()) return notFound(id);
        return page;
    }

    Result<Bytes> payload(const StreamId& id) override {
        const std::lock_guard lock(reach(__func__));
        const auto* entry = world_->find(id);
        if (entry == nullptr) return notFound(id);
        return makeBytes(entry->payload);
    }

    Result<Page<EventView>> events(std::uint64_t after, std::uint32_t limit) override {
        const std::lock_guard lock(reach(__func__));
        Page<EventView> page;
        for (std::size_t i = after; i < world_->log.size() && page.data.size() < limit; ++i)
            page.data.push_back(world_->log[i]);
        return page;
    }

    Result<DeliveryView> redeliver(const StreamId& id, const std::string& reason,
                                   const std::optional<std::string>& url,
                                   const std::optional<std::string>& token) override {
        const std::lock_guard lock(reach(__func__));
        auto* entry = world_->find(id);
        if (entry == nullptr) return notFound(id);
        if (entry->view.status == "attempting")
            return Refusal{RefusalCode::kConflict,
                           "An attempt of it is on the wire; wait for its outcome.",
                           {}};
        note("redeliver " + id + " reason=" + reason + " url=" + url.value_or("") +
             (token ? " with a token" : ""));
        redeliverNow(*entry, reason);
        return entry->view;
    }

    Result<DeliveryView> callResponseBack(const std::string& response, const std::string& reason,
                                          const std::string& url,
                                          const std::optional<std::string>& token) override {
        const std::lock_guard lock(reach(__func__));
        if (url.find("://") == std::string::npos)
            return Refusal{RefusalCode::kInvalid, "The URL is not http or https.", "url"};
        note("call back " + response + " reason=" + reason + " url=" + url +
             (token ? " with a token" : ""));
        return world_->find(world_->add("https://example.com:443", response))->view;
    }

    Result<DeliveryView> cancel(const StreamId& id, const std::string& reason) override {
        const std::lock_guard lock(reach(__func__));
        auto* entry = world_->find(id);
        if (entry == nullptr) return notFound(id);
        if (entry->view.status != "pending" && entry->view.status != "attempting")
            return Refusal{
                RefusalCode::kConflict, "It is finished; there is nothing to cancel.", {}};
        note("cancel " + id + " reason=" + reason);
        entry->view.status = "cancelled";
        entry->view.next_attempt_at.reset();
        world_->addEvent(id, "delivery_cancelled", "operator:" + actor_,
                         R"({"reason":")" + reason + R"("})");
        return entry->view;
    }

    Result<BulkView> redeliverMany(const BulkRequest& request) override {
        return bulk(request, "redeliver");
    }
    Result<BulkView> cancelMany(const BulkRequest& request) override {
        return bulk(request, "cancel");
    }

    Result<BulkView> bulkRedelivery(const StreamId& id) override {
        const std::lock_guard lock(reach(__func__));
        for (BulkView& bulk : world_->bulks) {
            if (bulk.id != id) continue;
            if (bulk.state == "running")
                bulk.done = std::min(bulk.matched, bulk.done + 1 + bulk.matched / 4);
            if (bulk.done == bulk.matched && bulk.state == "running") bulk.state = "finished";
            return bulk;
        }
        return notFound(id);
    }

    Result<Page<BulkView>> bulkRedeliveries(std::uint32_t, const std::string&) override {
        const std::lock_guard lock(reach(__func__));
        return Page<BulkView>{{world_->bulks.rbegin(), world_->bulks.rend()}, {}};
    }

    Result<BulkView> changeBulkRedelivery(const StreamId& id, BulkAction action) override {
        const std::lock_guard lock(reach(__func__));
        for (BulkView& bulk : world_->bulks) {
            if (bulk.id != id) continue;
            bulk.state = action == BulkAction::kPause  ? "paused"
                         : action == BulkAction::kStop ? "stopped"
                                                       : "running";
            note("bulk " + bulk.state + " " + id);
            return bulk;
        }
        return notFound(id);
    }

    Result<Page<EndpointView>> endpoints(Duration window) override {
        const std::lock_guard lock(reach(__func__));
        if (world_->minimal) return unavailable();
        Page<EndpointView> page;
        for (const EndpointView& known : world_->endpoints)
            page.data.push_back(endpointNow(known, window));
        std::stable_sort(page.data.begin(), page.data.end(),
                         [](const EndpointView& a, const EndpointView& b) {
                             return a.success_rate.value_or(2) < b.success_rate.value_or(2);
                         });
        return page;
    }

    Result<EndpointView> pauseEndpoint(const std::string& endpoint,
                                       const std::string& reason) override {
        return pause(endpoint, reason, true);
    }
    Result<EndpointView> resumeEndpoint(const std::string& endpoint,
                                        const std::string& reason) override {
        return pause(endpoint, reason, false);
    }

    Result<CheckView> check(const std::string& url, bool send) override {
        const std::lock_guard lock(reach(__func__));
        note("check " + url + (send ? " send" : ""));
        CheckView view{
            "https://example.com:443", true, "A callback to this URL would be sent.", {}};
        view.steps = {{"url", true, "https, host example.com, port 443"},
                      {"dns", true, "192.0.2.17"},
                      {"address", true, "may be connected to"},
                      {"connect", true, "in 12 ms"},
                      {"tls", true, "TLSv1.3, valid until March"}};
        return view;
    }

    Result<StatsView> stats(Duration window, Duration step) override {
        const std::lock_guard lock(reach(__func__));
        if (world_->minimal) return unavailable();
        return statsNow(window, step);
    }

    Result<InfoView> info() override {
        const std::lock_guard lock(reach(__func__));
        if (world_->minimal) return unavailable();
        InfoView view;
        view.version = "0.1.0";
        view.log_id = "7d1f0c5e9b3a48d2a6f4e1907c2b8d35";
        view.head_position = world_->log.size();
        view.head_hash = world_->log.empty() ? "" : world_->log.back().hash;
        view.started_at = world_->now - std::chrono::hours(50);
        view.now = world_->now;
        view.ready = world_->source != "log file";
        view.problem = view.ready ? "" : "a log file is only read";
        view.actor = "operator:" + whoActs();
        view.role = world_->role;
        view.source = world_->source;
        if (view.ready) {
            view.max_in_flight = 4096;
            view.max_in_flight_per_endpoint = 256;
        }
        return view;
    }

    Result<bool> followEvents(std::uint64_t after,
                              const std::function<bool(const EventView*)>& on_event) override {
        if (world_->minimal) return unavailable();
        std::unique_lock lock(reach(__func__));
        return follow(lock, after, on_event);
    }

private:
    /// Hands the mutex on, or throws as an unreachable daemon does.
    std::mutex& reach(std::string_view question) const {
        if (world_->on_call) world_->on_call(question);
        {
            const std::lock_guard lock(world_->mutex);
            if (world_->forbidden)
                throw Poco::NoPermissionException(
                    "The daemon does not accept the token. Give the right one with --token-file "
                    "FILE.");
            if (!world_->unreachable.empty()) throw Poco::IOException(world_->unreachable);
        }
        return world_->mutex;
    }

    void note(const std::string& request) {
        const bool anybody = actor_.empty() && world_->token_name == "admin";
        world_->requests.push_back(anybody ? request : whoActs() + ": " + request);
    }

    std::string whoActs() const {
        const bool anybody = world_->token_name == "admin";
        return anybody && !actor_.empty() ? actor_ : world_->token_name;
    }

    static Refusal unavailable() {
        return {
            RefusalCode::kConflict, "this is not available here: it needs a running daemon", {}};
    }
    static Refusal notFound(const std::string& id) {
        return {RefusalCode::kNotFound, "There is no " + id + ".", {}};
    }

    std::vector<FakeWorld::Entry*> matching(const DeliveryFilter& filter) const {
        std::vector<FakeWorld::Entry*> found;
        for (auto& entry : world_->entries) {
            if (matches(filter, entry.view)) found.push_back(&entry);
        }
        return found;
    }

    static void sort(std::vector<const DeliveryView*>& found, const PageRequest& request) {
        const auto key = [&](const DeliveryView* view) {
            switch (request.order) {
                case DeliveryOrder::kUpdated:
                    return -view->updated_at.time_since_epoch().count();
                case DeliveryOrder::kNextAttempt:
                    return view->next_attempt_at->time_since_epoch().count();
                case DeliveryOrder::kCreated:
                    break;
            }
            return -view->created_at.time_since_epoch().count();
        };
        std::stable_sort(found.begin(), found.end(),
                         [&](const auto* a, const auto* b) { return key(a) < key(b); });
        if (request.reverse) std::reverse(found.begin(), found.end());
    }

    void redeliverNow(FakeWorld::Entry& entry, const std::string& reason) {
        ++entry.view.round;
        entry.view.status = "pending";
        entry.view.next_attempt_at = world_->now;
        entry.view.updated_at = world_->now;
        world_->addEvent(entry.view.id, "redelivery_requested", "operator:" + whoActs(),
                         R"({"round":)" + std::to_string(entry.view.round) + R"(,"reason":")" +
                             reason + R"("})");
    }

    Result<BulkView> bulk(const BulkRequest& request, const std::string& verb) {
        const std::lock_guard lock(reach(__func__));
        if (world_->minimal) return unavailable();
        const auto found = matching(request.filter);
        std::set<std::string> endpoints;
        for (const auto* entry : found)
            endpoints.insert(entry->view.endpoint);
        BulkView view;
        view.matched = found.size();
        view.endpoints = endpoints.size();
        view.rate = request.rate;
        if (request.rate)
            view.expected_time = Duration(
                static_cast<std::int64_t>(1e6 * static_cast<double>(found.size()) / *request.rate));
        view.state = request.dry_run ? "dry_run" : "running";
        view.created_at = world_->now;
        if (request.dry_run) return view;
        view.id = "blk_01kb" + std::to_string(world_->bulks.size());
        note(verb + " many status=" + request.filter.status +
             " endpoint=" + request.filter.endpoint + (request.all ? " all" : "") +
             " matched=" + std::to_string(found.size()) + " reason=" + request.reason);
        world_->bulks.push_back(view);
        return view;
    }

    Result<EndpointView> pause(const std::string& endpoint, const std::string& reason, bool pause) {
        const std::lock_guard lock(reach(__func__));
        for (EndpointView& known : world_->endpoints) {
            if (known.endpoint != endpoint) continue;
            note((pause ? "pause " : "resume ") + endpoint + " reason=" + reason);
            known.paused = pause;
            known.paused_by = pause ? "operator:" + actor_ : "";
            known.pause_reason = pause ? reason : "";
            world_->addEvent(endpoint, pause ? "endpoint_paused" : "endpoint_resumed",
                             "operator:" + actor_, R"({"reason":")" + reason + R"("})");
            return endpointNow(known, std::chrono::hours(24));
        }
        return notFound(endpoint);
    }

    EndpointView endpointNow(const EndpointView& known, Duration window) const {
        EndpointView view = known;
        view.history.resize(kHealthSteps);
        std::vector<Duration> durations;
        const Timestamp since = world_->now - window;
        const AttemptView* last_failure = nullptr;
        for (const auto& entry : world_->entries) {
            if (entry.view.endpoint != view.endpoint) continue;
            if (entry.view.status == "pending") {
                ++view.pending;
                if (!view.oldest_due || *entry.view.next_attempt_at < *view.oldest_due)
                    view.oldest_due = entry.view.next_attempt_at;
            }
            if (entry.view.status == "attempting") ++view.in_flight;
            if (entry.view.created_at >= since) ++view.accepted;
            for (const AttemptView& attempt : entry.attempts) {
                if (!attempt.duration || attempt.started_at < since ||
                    attempt.started_at >= world_->now)
                    continue;
                const auto step =
                    static_cast<std::size_t>((attempt.started_at - since) *
                                             static_cast<std::int64_t>(kHealthSteps) / window);
                const bool ok = attempt.status == AttemptStatus::kSucceeded;
                ++(ok ? view.attempts_succeeded : view.attempts_failed);
                ++(ok ? view.history[step].succeeded : view.history[step].failed);
                durations.push_back(*attempt.duration);
                if (ok && (!view.last_success_at || attempt.started_at > *view.last_success_at))
                    view.last_success_at = attempt.started_at;
                if (!ok &&
                    (last_failure == nullptr || attempt.started_at > last_failure->started_at))
                    last_failure = &attempt;
            }
        }
        if (last_failure != nullptr) {
            view.last_error_at = last_failure->started_at;
            view.last_error =
                last_failure->http_status
                    ? std::to_string(*last_failure->http_status) + " Service Unavailable"
                    : std::string(toString(*last_failure->reason));
        }
        const auto all = view.attempts_succeeded + view.attempts_failed;
        if (all != 0)
            view.success_rate =
                static_cast<double>(view.attempts_succeeded) / static_cast<double>(all);
        view.latency = latencyOf(durations);
        view.state = view.paused                 ? "paused"
                     : view.failing_since        ? "failing"
                     : all == 0                  ? "idle"
                     : *view.success_rate < 0.95 ? "degraded"
                                                 : "healthy";
        return view;
    }

    StatsView statsNow(Duration window, Duration step) const {
        StatsView stats;
        stats.until = world_->now;
        stats.since = world_->now - window;
        stats.step = step;
        stats.points.resize(static_cast<std::size_t>(window / step));
        std::vector<std::vector<Duration>> durations(stats.points.size());
        std::vector<Duration> all;
        for (std::size_t i = 0; i < stats.points.size(); ++i)
            stats.points[i].at = stats.since + step * static_cast<std::int64_t>(i);
        const auto index = [&](Timestamp at) -> std::optional<std::size_t> {
            if (at < stats.since || at >= stats.until) return std::nullopt;
            return std::min(stats.points.size() - 1,
                            static_cast<std::size_t>((at - stats.since) / step));
        };
        const auto both = [&](std::size_t i, std::uint64_t StatsPoint::*member) {
            ++(stats.points[i].*member);
            ++(stats.total.*member);
        };
        for (const auto& entry : world_->entries) {
            const DeliveryView& view = entry.view;
            if (const auto i = index(view.created_at)) both(*i, &StatsPoint::accepted);
            if (const auto i = index(view.updated_at)) {
                if (view.status == "delivered") both(*i, &StatsPoint::delivered);
                if (view.status == "failed") both(*i, &StatsPoint::failed);
            }
            for (const AttemptView& attempt : entry.attempts) {
                if (!attempt.duration) continue;
                const auto i = index(attempt.started_at + *attempt.duration);
                if (!i) continue;
                both(*i, attempt.status == AttemptStatus::kSucceeded
                             ? &StatsPoint::attempts_succeeded
                             : &StatsPoint::attempts_failed);
                durations[*i].push_back(*attempt.duration);
                all.push_back(*attempt.duration);
            }
            if (view.status == "pending") {
                ++stats.pending;
                if (!stats.oldest_due || *view.next_attempt_at < *stats.oldest_due)
                    stats.oldest_due = view.next_attempt_at;
            }
            if (view.status == "attempting") ++stats.in_flight;
            if (view.status == "failed") ++stats.finally_failed;
        }
        for (std::size_t i = 0; i < stats.points.size(); ++i)
            stats.points[i].latency = latencyOf(durations[i]);
        stats.total.latency = latencyOf(all);
        return stats;
    }

    Result<bool> follow(std::unique_lock<std::mutex>& lock, std::uint64_t after,
                        const std::function<bool(const EventView*)>& on_event) {
        for (;;) {
            if (after < world_->log.size()) {
                const EventView event = world_->log[after++];
                lock.unlock();
                const bool more = on_event(&event);
                lock.lock();
                if (!more) return true;
                continue;
            }
            world_->changed.wait_for(lock, std::chrono::milliseconds(50));
            lock.unlock();
            const bool more = on_event(nullptr);
            lock.lock();
            if (!more) return true;
            if (!world_->unreachable.empty()) throw Poco::IOException(world_->unreachable);
        }
    }

    std::shared_ptr<FakeWorld> world_;
    std::string actor_;
};

}  // namespace

std::unique_ptr<AdminApi> makeFakeAdminApi(std::shared_ptr<FakeWorld> world, std::string actor) {
    return std::make_unique<FakeAdminApi>(std::move(world), std::move(actor));
}

}  // namespace waybill::test
