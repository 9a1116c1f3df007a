#include "index/figures_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "figures/window.h"
#include "index/figure_store.h"
#include "index/follower.h"
#include "index/names.h"
#include "log/event_table.h"
#include "log/transaction.h"

namespace waybill::sqlite::index {

namespace {

using figures::EndpointNumber;
using figures::Minute;

constexpr const char* kRule = "the index beside the log holds what the log says: ";
constexpr const char* kUnchecked =
    "figures in the index, of endpoints and times with a corrected URL";

/// A row of `derived_figures`.
struct Row {
    std::int64_t span = 0;
    Minute start = 0;
    EndpointNumber endpoint = 0;
    std::array<std::int64_t, 5> counts{};
    std::string latency{};
    auto key() const { return std::tie(span, start, endpoint); }
    friend bool operator==(const Row&, const Row&) = default;
};

/// The rows that are kept for certain, in the order of their keys.
class Rows {
public:
    Rows(Database& database, Minute newest)
        : statement_(database,
                     "SELECT span, start, endpoint, accepted, delivered, failed, "
                     "attempts_succeeded, attempts_failed, latency FROM derived_figures "
                     "WHERE start >= CASE WHEN span IN (0, 2) THEN ?1 ELSE ?2 END "
                     "ORDER BY span, start, endpoint"),
          query_(statement_) {
        statement_.bind(1, newest - figures::kKeptMinutes);
        statement_.bind(2, newest - figures::kKeptHours);
    }

    std::optional<Row> next() {
        if (!query_.next()) return std::nullopt;
        Row row{statement_.integer(0), statement_.integer(1), statement_.integer(2)};
        for (int i = 0; i < 5; ++i)
            row.counts[static_cast<std::size_t>(i)] = statement_.integer(3 + i);
        row.latency = statement_.blob(8);
        return row;
    }

private:
    Statement statement_;
    Query query_;
};

class FiguresCheck {
public:
    FiguresCheck(Database& log, const IndexMoment& moment, const IndexState& state,
                 Findings& findings)
        : log_(log),
          index_(moment.index),
          state_(state),
          findings_(findings),
          counted_("", OpenMode::kCreate) {
        for (const auto& [number, name] : readNames(index_))
            numbers_.emplace(name, number);
    }

    void run() {
        findCorrected();
        count();
        if (newest_key_ != state_.newest_key) report("the newest key is another");
        compareFigures();
        compareStreaks();
    }

private:
    void report(const std::string& what) { findings_.add({.rule = kRule + what + kCure}); }

    /// Deliveries whose endpoint has changed, and all endpoints that they have had.
    void findCorrected() {
        const std::string endpoint = inData("data", "endpoint");
        Statement corrections(log_, "SELECT stream, " + endpoint +
                                        " FROM event_log "
                                        "WHERE type = 'redelivery_requested' "
                                        "AND " +
                                        endpoint + " IS NOT NULL");
        Statement accepted(log_, "SELECT " + endpoint +
                                     " FROM event_log "
                                     "WHERE stream = ?1 AND position = 1");
        Query query(corrections);
        while (query.next()) {
            corrected_.insert(corrections.integer(0));
            left_out_.insert(numberOf(std::string(corrections.text(1))));
            accepted.bind(1, corrections.integer(0));
            Query first(accepted);
            if (first.next()) left_out_.insert(numberOf(std::string(accepted.text(0))));
        }
    }

    EndpointNumber numberOf(const std::string& name) const {
        const auto found = numbers_.find(name);
        return found == numbers_.end() ? -1 : found->second;
    }

    void count() {
        counted_.execute(indexSchema());
        FigureStore store(counted_);
        Transaction transaction(counted_);
        Statement events(log_,
                         "SELECT e.global_position, e.stream, e.type, e.recorded_at, e.data, "
                         "d.endpoint FROM event_log e "
                         "LEFT JOIN derived_delivery d ON d.stream = e.stream "
                         "WHERE e.global_position <= ?1 ORDER BY e.global_position");
        events.bind(1, state_.position);
        Query query(events);
        figures::Tally tally;
        for (std::size_t taken = 1; query.next(); ++taken) {
            newest_key_ = std::max(newest_key_, events.integer(1));
            if (!events.isNull(5)) add(events, tally);
            if (taken % Follower::kMostEvents == 0) store.add(std::exchange(tally, {}));
        }
        store.add(tally);
        transaction.commit();
    }

    void add(const Statement& event, figures::Tally& tally) {
        const figures::Fact fact = figures::factOf(event.text(2));
        if (fact == figures::Fact::kNone) return;
        const figures::EventFacts facts = figures::readFacts(
            fact, event.unsignedInteger(0), Timestamp(Duration(event.integer(3))), event.text(4));
        const EndpointNumber endpoint = numberOf(std::string(event.text(5)));
        tally.add(facts, endpoint);
        streaks_[endpoint].add(facts);
        const Minute minute = figures::minuteOf(facts.at);
        newest_ = std::max(newest_, minute);
        if (corrected_.contains(event.integer(1))) {
            uncertain_.insert(minute);
            uncertain_.insert(minute - minute % figures::kMinutesInHour);
        }
    }

    bool isUncertain(const Row& row) {
        const bool is = row.endpoint != figures::kAllEndpoints &&
                        left_out_.contains(row.endpoint) && uncertain_.contains(row.start);
        if (is) findings_.leaveUnchecked(kUnchecked);
        return is;
    }

    void compareFigures() {
        Rows in_index(index_, newest_);
        Rows in_events(counted_, newest_);
        auto held = in_index.next();
        auto expected = in_events.next();
        while (held || expected) {
            if (held && expected && held->key() == expected->key()) {
                if (*held != *expected && !isUncertain(*held)) return tellWrong(*held);
                held = in_index.next();
                expected = in_events.next();
            } else if (held && (!expected || held->key() < expected->key())) {
                if (!isUncertain(*held)) return tellWrong(*held);
                held = in_index.next();
            } else {
                if (!isUncertain(*expected)) return tellWrong(*expected);
                expected = in_events.next();
            }
        }
    }

    void tellWrong(const Row& row) {
        report("the figures of endpoint " + std::to_string(row.endpoint) + " from " +
               formatTimestamp(figures::timeOf(row.start)) + " on are others");
    }

    void compareStreaks() {
        Streaks held = readStreaks(index_);
        for (const EndpointNumber endpoint : left_out_) {
            if (held.erase(endpoint) != 0) findings_.leaveUnchecked(kUnchecked);
            streaks_.erase(endpoint);
        }
        if (held != streaks_) report("how the newest attempts to an endpoint went is another");
    }

    Database& log_;
    Database& index_;
    const IndexState& state_;
    Findings& findings_;
    Database counted_;
    std::unordered_map<std::string, EndpointNumber> numbers_;
    std::set<std::int64_t> corrected_;
    std::set<EndpointNumber> left_out_;
    std::set<Minute> uncertain_;
    Streaks streaks_;
    Minute newest_ = 0;
    std::int64_t newest_key_ = 0;
};

}  // namespace

void checkFigures(Database& log, const IndexMoment& moment, const IndexState& state,
                  Findings& findings) {
    FiguresCheck(log, moment, state, findings).run();
}

}  // namespace waybill::sqlite::index
