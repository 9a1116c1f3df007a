// What operators ask of a large log, and what it costs the log to be asked quickly.
#include <Poco/Exception.h>

#include <algorithm>
#include <functional>

#include "bench/append_contender.h"
#include "bench/measure.h"
#include "bench/temporary_directory.h"
#include "bench/varied_log.h"
#include "waybill/clock.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"

namespace waybill::bench {

namespace {

constexpr int kRepetitions = 20;
constexpr double kGoalMilliseconds = 50;
/// Of the log's rate, beside the indexer.
constexpr double kGoalWritePath = 0.85;
constexpr Duration kLongest = std::chrono::hours(2);

struct Question {
    std::string name;
    std::function<void(const sqlite::ReadModel&)> ask;
};

template <typename T>
void requireOk(const Result<T>& result) {
    if (!result) throw Poco::RuntimeException("listing: " + result.refusal().message);
}

Question page(std::string name, DeliveryFilter filter, PageRequest request = {}) {
    return {"page: " + std::move(name),
            [=](const sqlite::ReadModel& model) { requireOk(model.deliveries(filter, request)); }};
}

Question count(std::string name, DeliveryFilter filter) {
    return {"count: " + std::move(name),
            [=](const sqlite::ReadModel& model) { requireOk(model.countDeliveries(filter)); }};
}

std::vector<Question> pages(std::uint64_t deliveries, Timestamp now, const StreamId& middle) {
    const std::string endpoint = VariedDelivery::endpoint(7);
    const PageRequest updated{.order = DeliveryOrder::kUpdated};
    const PageRequest soonest{.order = DeliveryOrder::kNextAttempt};
    const PageRequest oldest{.reverse = true};
    const PageRequest deep{.cursor = "c" + std::to_string(deliveries / 2)};
    const Timestamp yesterday = now - std::chrono::hours(20);
    return {
        page("all", {}),
        page("all, oldest first", {}, oldest),
        page("all, from the middle on", {}, deep),
        page("all, by change", {}, updated),
        page("all, by next attempt", {}, soonest),
        page("status", {.status = "failed"}),
        page("status that none has", {.status = "cancelled"}),
        page("endpoint", {.endpoint = endpoint}),
        page("client", {.client = VariedDelivery::client(3)}),
        page("subject", {.subject = VariedDelivery::subject(deliveries / 3)}),
        page("reason", {.reason = "connect"}),
        page("HTTP status", {.http_status = 503}),
        page("since and until", {.since = yesterday, .until = yesterday + std::chrono::minutes(1)}),
        page("status, endpoint, by change", {.status = "failed", .endpoint = endpoint}, updated),
        page("endpoint and client that never meet",
             {.endpoint = VariedDelivery::endpoint(0), .client = VariedDelivery::client(1)}),
        page("id by prefix", {.q = middle.substr(0, 16)}),
        page("subject by prefix", {.q = VariedDelivery::subject(deliveries / 3).substr(0, 13)}),
        page("URL by prefix", {.q = VariedDelivery::url(deliveries / 3)}),
        page("prefix of all", {.q = "https://e"}),
        page("prefix of none", {.q = "order-x"})};
}

std::vector<Question> others(Timestamp now, const StreamId& middle) {
    return {count("all", {}),
            count("status", {.status = "failed"}),
            count("endpoint", {.endpoint = VariedDelivery::endpoint(7)}),
            count("status, endpoint, client, since", {.status = "delivered",
                                                      .endpoint = VariedDelivery::endpoint(7),
                                                      .client = VariedDelivery::client(7),
                                                      .since = now - std::chrono::hours(20)}),
            count("prefix", {.q = "order-12"}),
            {"a stretch of a walk",
             [](const sqlite::ReadModel& model) {
                 requireOk(model.walkDeliveries({.status = "failed"}, 1000, 0, 500));
             }},
            {"one delivery with its attempts",
             [=](const sqlite::ReadModel& model) { model.deliveryDetail(middle); }},
            {"endpoints, 1 h",
             [=](const sqlite::ReadModel& model) {
                 requireOk(model.endpoints(std::chrono::hours(1), now));
             }},
            {"endpoints, 24 h",
             [=](const sqlite::ReadModel& model) {
                 requireOk(model.endpoints(std::chrono::hours(24), now));
             }},
            {"figures, 24 h in steps of 15 min", [=](const sqlite::ReadModel& model) {
                 requireOk(model.stats(std::chrono::hours(24), std::chrono::minutes(15), now));
             }}};
}

/// The goal holds for every time but the very first, which may find nothing in memory.
Row answer(const Question& question, const sqlite::ReadModel& model, bool has_goal) {
    std::vector<std::chrono::nanoseconds> times;
    question.ask(model);
    for (int i = 0; i < kRepetitions; ++i) {
        const auto begin = monotonicNow();
        question.ask(model);
        times.push_back(monotonicNow() - begin);
    }
    std::sort(times.begin(), times.end());
    const Goal goal{Goal::Of::kFigure, Goal::Bound::kAtMost, kGoalMilliseconds};
    return {"",
            question.name + ", longest of " + std::to_string(kRepetitions),
            milliseconds(times.back()),
            "median",
            milliseconds(times[times.size() / 2]),
            has_goal ? std::optional(goal) : std::nullopt};
}

std::vector<Row> measureAnswers(const Setup& setup, const std::string& directory) {
    sqlite::LogOptions options;
    options.directory = directory;
    const auto log = sqlite::openLog(options);
    const Timestamp now = systemClock().now().wall;
    const StreamId middle = fillVariedLog(*log, setup.listed, now);
    log->maintain(false);

    const auto begin = monotonicNow();
    const sqlite::Indexer indexer({.directory = directory});
    if (!indexer.waitFor(log->head().global_position, kLongest)) {
        throw Poco::TimeoutException("listing: the index is not made: " + indexer.problem());
    }
    const auto made = monotonicNow() - begin;
    const std::string amount = std::to_string(setup.listed) + " deliveries";
    std::vector<Row> rows = {
        {"listing", "index of " + amount + " made anew", seconds(made), "", {}, {}}};
    const sqlite::ReadModel model(directory + "/waybill.db");
    for (const Question& question : pages(setup.listed, now, middle))
        rows.push_back(answer(question, model, true));
    for (const Question& question : others(now, middle))
        rows.push_back(answer(question, model, false));
    return rows;
}

/// Its CPU is that of the indexer too, up to the last event.
class IndexedContender : public Contender {
public:
    IndexedContender(const std::string& directory, std::size_t payload_bytes)
        : append_(directory, payload_bytes), indexer_({.directory = directory}) {}

    Load run(std::chrono::nanoseconds duration) override {
        Load load = append_.run(duration);
        const auto cpu = cpuTime();
        indexer_.waitFor(append_.head().global_position, kLongest);
        load.cpu += cpuTime() - cpu;
        return load;
    }

private:
    AppendContender append_;
    sqlite::Indexer indexer_;
};

std::vector<Row> measureWritePath(const Setup& setup, const std::string& directory) {
    IndexedContender indexed(directory + "/indexed", setup.payload_bytes);
    AppendContender plain(directory + "/plain", setup.payload_bytes);
    const std::vector<Load> loads = runInTurns({&indexed, &plain}, setup.each);
    const Goal goal{Goal::Of::kRatio, Goal::Bound::kAtLeast, kGoalWritePath};
    const auto each = [](const Load& load) { return microseconds(load.cpuMicrosecondsEach()); };
    return {
        {"", "events appended beside the indexer", perSecond(loads[0].perSecond()), "without it",
         perSecond(loads[1].perSecond()), goal},
        {"", "CPU an event, with the indexer's", each(loads[0]), "without it", each(loads[1]), {}}};
}

}  // namespace

std::vector<Row> measureListing(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    std::vector<Row> rows = measureAnswers(setup, directory.file("listed"));
    const std::vector<Row> more = measureWritePath(setup, directory.path());
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

}  // namespace waybill::bench
