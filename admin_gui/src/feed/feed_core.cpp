#include "feed/feed_core.h"

#include <Poco/Exception.h>

#include <algorithm>

#include "waybill/errors.h"

namespace waybill::gui {
namespace {

constexpr std::size_t kTailLines = 5000;
constexpr std::size_t kNotices = 20;
constexpr std::size_t kRuns = 8;

}  // namespace

Failure currentFailure() {
    try {
        throw;
    } catch (const Poco::NoPermissionException& error) {
        return {error.message(), true};
    } catch (const ConfigError& error) {
        return {error.message(), true};
    } catch (const Poco::DataException& error) {
        return {error.message(), true};
    } catch (const Poco::Exception& error) {
        return {error.message().empty() ? error.displayText() : error.message(), false};
    } catch (const std::exception& error) {
        return {error.what(), false};
    } catch (...) {
        return {"an exception of an unknown kind", false};
    }
}

Feed::Core::Core(FeedOptions given) : options(std::move(given)), actor(options.actor) {}

Timestamp Feed::Core::systemNow() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::shared_ptr<const Snapshot> Feed::Core::current() const {
    const std::lock_guard lock(mutex);
    return snapshot;
}

std::shared_ptr<AdminApi> Feed::Core::api() {
    std::string as;
    {
        const std::lock_guard lock(mutex);
        if (api_made) return api_made;
        as = actor;
    }
    std::shared_ptr<AdminApi> made = options.api(as);
    const std::lock_guard lock(mutex);
    if (actor == as) api_made = made;
    return made;
}

void Feed::Core::answered(Snapshot& next, Duration took) const {
    Connection& connection = next.connection;
    if (connection.link != Link::kConnected) connection.since = now();
    connection.link = Link::kConnected;
    connection.problem.clear();
    connection.last_answer = now();
    connection.round_trip = took;
}

void Feed::Core::failed() {
    const Failure failure = currentFailure();
    publish([&](Snapshot& next) {
        const Link link = failure.refused ? Link::kRefused : Link::kLost;
        if (next.connection.link != link) next.connection.since = now();
        next.connection.link = link;
        next.connection.problem = failure.words;
    });
}

void Feed::Core::notify(Severity severity, std::string title, std::string text) {
    publish([&](Snapshot& next) {
        next.notices.push_back({next_serial++, severity, std::move(title), std::move(text)});
        if (next.notices.size() > kNotices) next.notices.erase(next.notices.begin());
    });
}

void Feed::Core::reportFailure() {
    const Notice notice{0, Severity::kProblem, "Something went wrong in the dashboard",
                        currentFailure().words};
    const auto seen = current();
    const bool said = std::any_of(
        seen->notices.begin(), seen->notices.end(),
        [&](const Notice& each) { return each.title == notice.title && each.text == notice.text; });
    if (!said) notify(notice.severity, notice.title, notice.text);
}

std::uint64_t Feed::Core::beginRun(const std::string& what, bool local, BulkView bulk) {
    std::uint64_t serial = 0;
    publish([&](Snapshot& next) {
        for (const Run& run : next.runs) {
            if (bulk.id.empty() || run.bulk.id != bulk.id) continue;
            serial = run.serial;
            return;
        }
        serial = next_serial++;
        next.runs.push_back({serial, what, local, std::move(bulk), {}});
        if (next.runs.size() > kRuns) next.runs.erase(next.runs.begin());
    });
    return serial;
}

void Feed::Core::updateRun(std::uint64_t serial, const std::function<void(Run&)>& change) {
    publish([&](Snapshot& next) {
        const auto run = std::find_if(next.runs.begin(), next.runs.end(),
                                      [&](const Run& each) { return each.serial == serial; });
        if (run != next.runs.end()) change(*run);
    });
}

bool Feed::Core::stopAsked(std::uint64_t serial) const {
    const std::lock_guard lock(mutex);
    return stopped_runs.count(serial) != 0;
}

void Feed::Core::addTailLine(const EventView& event) {
    EventLine made = lineOf(event);
    bool first = false;
    {
        const std::lock_guard lock(mutex);
        tail_names.nameOf(made);
        auto line = std::make_shared<const EventLine>(std::move(made));
        first = tail_waiting.empty();
        if (tail_waiting.size() >= 2 * kTailLines)
            tail_waiting.erase(tail_waiting.begin(), tail_waiting.begin() + kTailLines);
        tail_waiting.push_back(std::move(line));
    }
    if (first && options.changed) options.changed();
}

void Feed::Core::flushTail() {
    EventLines lines;
    {
        const std::lock_guard lock(mutex);
        lines.swap(tail_waiting);
    }
    if (lines.empty()) return;
    publish([&](Snapshot& next) {
        auto tail = std::make_shared<EventLines>();
        if (next.tail) *tail = *next.tail;
        next.head = std::max(next.head, lines.back()->event.global_position);
        tail->insert(tail->end(), std::make_move_iterator(lines.begin()),
                     std::make_move_iterator(lines.end()));
        if (tail->size() > kTailLines) {
            tail->erase(tail->begin(), tail->end() - static_cast<std::ptrdiff_t>(kTailLines));
        }
        next.tail = std::move(tail);
    });
}

}  // namespace waybill::gui
