// Somebody edits derived rows of a log, with a shell or a program that computes their digests: does
// anything that is decided follow what the rows say?
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "log/derived_table.h"
#include "log/idempotency.h"
#include "support/batch_builder.h"
#include "support/fake_transport.h"
#include "support/open_deliveries.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/engine.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/rebuild.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {

namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 20s;
const std::string kObject = "resp_of_the_backend";
const StreamId kStored = "resp_0000000000000000000000002";
const StreamId kFinishedBulk = "blk_00000000000000000000000002";

/// Gives every row of a table the digest that it has as it stands.
template <typename State>
void recompute(sqlite::Database& database) {
    sqlite::DerivedTable<State> table(database);
    std::vector<std::int64_t> keys;
    {
        sqlite::Statement all(database, std::string("SELECT stream FROM ") + table.kName);
        sqlite::Query query(all);
        while (query.next())
            keys.push_back(all.integer(0));
    }
    sqlite::Statement set(
        database, std::string("UPDATE ") + table.kName + " SET row_digest = ?2 WHERE stream = ?1");
    for (const std::int64_t key : keys) {
        try {
            bool is_sound = false;
            const auto state = table.asItStands(key, is_sound);
            if (!state) continue;
            set.bind(1, key);
            set.bind(2, table.digestOf(key, *state));
            set.run();
        } catch (const CorruptLog&) {  // it holds what no state can be: no digest fits
        }
    }
}

void recomputeKeys(sqlite::Database& database) {
    std::vector<sqlite::IdempotencyRow> rows;
    {
        sqlite::Statement all(database, sqlite::selectIdempotency(""));
        sqlite::Query query(all);
        while (query.next())
            rows.push_back(sqlite::idempotencyRow(all));
    }
    sqlite::Statement set(database,
                          "UPDATE derived_idempotency SET row_digest = ?2 WHERE key = ?1");
    for (const auto& row : rows) {
        set.bindBlob(1, row.key);
        set.bind(2, row.digest());
        set.run();
    }
}

class DerivedRowsTest : public ::testing::Test {
protected:
    std::string file() const { return directory_ / "waybill.db"; }

    std::unique_ptr<EventLog> open() {
        return sqlite::openLog(
            {.directory = directory_.path(),
             .on_damaged_row = [this](std::string_view, const StreamId&) { ++met_; },
             .on_notice = [this](const std::string& notice) { notices_.push_back(notice); }});
    }

    void edit(const std::string& sql) {
        SqliteShell shell(file());
        ASSERT_EQ(shell.run(sql), "") << sql;
    }

    /// The same, by somebody who knows how a digest is made.
    void forge(const std::string& sql) {
        edit(sql);
        sqlite::Database database(file(), sqlite::OpenMode::kReadWrite);
        recompute<Delivery>(database);
        recompute<Response>(database);
        recompute<EndpointState>(database);
        recompute<BulkRedelivery>(database);
        recomputeKeys(database);
    }

    void expectSound() {
        const auto report = sqlite::verify({.file = file()});
        for (const auto& finding : report.findings)
            ADD_FAILURE() << finding.stream << ": " << finding.rule;
    }

    TemporaryDirectory directory_;
    int met_ = 0;
    std::vector<std::string> notices_;
};

// ---- what a start goes on with

TEST_F(DerivedRowsTest, AStartTellsWhyItMakesThemAnew) {
    const std::pair<const char*, const char*> cases[] = {
        {"UPDATE derived_state SET value = value - 1 WHERE name = 'version'", "of version "},
        {"DROP VIEW attempts", "the view attempts is missing or not the one"},
        {"DELETE FROM derived_delivery", "the table derived_delivery was emptied"},
    };
    BatchBuilder(*open()).accept(kOne).commit();
    for (const auto& [change, words] : cases) {
        edit(change);
        notices_.clear();
        open();
        ASSERT_EQ(notices_.size(), 1u) << change;
        EXPECT_NE(notices_[0].find(words), std::string::npos) << notices_[0];
        EXPECT_NE(notices_[0].find("are made anew from the events"), std::string::npos);
        expectSound();
    }
}

/// How somebody hides an open delivery.
struct Hiding {
    const char* name;
    const char* sql;
    bool digest_fits;
};

class HiddenDelivery : public DerivedRowsTest, public ::testing::WithParamInterface<Hiding> {
protected:
    void edit() {
        GetParam().digest_fits ? forge(GetParam().sql) : DerivedRowsTest::edit(GetParam().sql);
    }
};

TEST_P(HiddenDelivery, IsSentByTheNextStart) {
    BatchBuilder(*open()).accept(kOne).accept(kTwo).accept(kThree).commit();
    edit();
    const auto log = open();
    FakeTransport transport;
    transport.answerAllWith(answered(200));
    Engine engine(*log, transport, {});
    engine.start();
    for (const StreamId& id : {kOne, kTwo, kThree})
        EXPECT_TRUE(engine.waitUntilFinished(id, kDeadline)) << id;
    EXPECT_EQ(transport.sent(), 3u) << "each once";
    EXPECT_EQ(notices_.size(), 1u) << "it is told that the tables were made anew";
}

TEST_P(HiddenDelivery, IsMetByAWalkThroughWhatIsOpen) {
    const auto log = open();
    BatchBuilder(*log).accept(kOne).accept(kTwo).accept(kThree).commit();
    edit();
    std::vector<StreamId> seen;
    const auto note = [&](const Delivery& delivery) { seen.push_back(delivery.id); };
    EXPECT_THROW(log->visitOpenDeliveries(0, 100, note, [](const CorruptLog&) {}),
                 StoreUnavailable);
    log->reopen();
    seen.clear();
    log->visitOpenDeliveries(0, 100, note, [](const CorruptLog&) {});
    EXPECT_EQ(seen, (std::vector<StreamId>{kOne, kTwo, kThree}));
    expectSound();
}

INSTANTIATE_TEST_SUITE_P(
    When, HiddenDelivery,
    ::testing::Values(
        Hiding{"ItsRowIsDeleted", "DELETE FROM derived_delivery WHERE stream = 2", false},
        Hiding{"ItLooksDelivered",
               "UPDATE derived_delivery SET status = 'delivered', next_attempt_at = NULL "
               "WHERE stream = 2",
               false},
        Hiding{"ItLooksDeliveredWithAFittingDigest",
               "UPDATE derived_delivery SET status = 'delivered', next_attempt_at = NULL "
               "WHERE stream = 2",
               true},
        Hiding{"AnotherIsChangedAsWell",
               "DELETE FROM derived_delivery WHERE stream = 2; "
               "UPDATE derived_delivery SET attempts = 3 WHERE stream = 1",
               true}),
    [](const auto& hiding) { return std::string(hiding.param.name); });

TEST_F(DerivedRowsTest, AWalkDuringWhichTheLogGrowsMissesNothing) {
    const auto log = open();
    BatchBuilder(*log).accept(kOne).accept(kTwo).accept(kThree).commit();
    const auto seen = openDeliveries(*log, 0, 2);  // the first two
    ASSERT_EQ(seen.size(), 2u);
    BatchBuilder(*log)
        .start(kOne)
        .fail(kOne, 1, epoch() + 5s)
        .start(kTwo)
        .succeed(kTwo)
        .start(kThree)
        .accept("dlv_00000000000000000000000004")
        .commit();
    const auto rest = openDeliveries(*log, seen[1].accepted_position, 100);
    EXPECT_EQ(rest.size(), 2u);
    EXPECT_EQ(openDeliveries(*log).size(), 3u);
    EXPECT_EQ(log->openDeliveryCount(), 3u);
}

// ---- each column of each table

/// One of everything, open and finished.
void appendAll(EventLog& log) {
    DeliveryAccepted with_key = acceptedEvent("{}");
    with_key.idempotency = IdempotencyKey{sha256("key"), sha256("body")};
    ResponseCreated foreign = createdEvent();
    foreign.client = "another";
    BatchBuilder(log)
        .accept(kOne)
        .start(kOne)
        .fail(kOne, 1, epoch() + 5s)
        .accept(kTwo)
        .start(kTwo)
        .succeed(kTwo)
        .accept(kThree, with_key, "{}")
        .start(kThree)
        .fail(kThree, 1, std::nullopt)
        .add(kResponse, createdEvent(true))
        .add(kStored, foreign)
        .add(kStored, completedEvent(kObject, "{}"), {.payload = makeBytes("{}")})
        .add(kEndpoint, EndpointPaused{"broken"})
        .add(kBulk, BulkRedeliveryRequested{.filter = R"({"status":"failed"})"})
        .add(kFinishedBulk, BulkRedeliveryRequested{.filter = "{}"})
        .add(kFinishedBulk, BulkRedeliveryFinished{})
        .commit();
}

/// Everything that is decided on, from a log that is opened anew.
struct Decisions {
    std::vector<Delivery> open;
    std::vector<StreamId> open_responses;
    std::vector<EndpointState> paused;
    std::vector<std::optional<Delivery>> deliveries;
    std::vector<std::optional<Response>> responses;
    std::vector<std::optional<BulkRedelivery>> bulks;
    std::vector<BulkRedelivery> unfinished_bulks;
    std::optional<std::tuple<StreamId, Digest, Timestamp>> idempotent;
    bool knows_another_key = false;

    friend bool operator==(const Decisions&, const Decisions&) = default;
};

Decisions decisionsOf(const EventLog& log, const sqlite::ReadModel& model) {
    Decisions all;
    all.open = openDeliveries(log);
    all.open_responses = log.openResponses();
    all.paused = log.pausedEndpoints();
    for (const StreamId& id : {kOne, kTwo, kThree}) {
        all.deliveries.push_back(log.findDelivery(id));
        all.deliveries.push_back(model.findDelivery(id));
    }
    for (const std::string& id : {std::string(kResponse), std::string(kStored), kObject})
        all.responses.push_back(model.findResponse(id));
    all.bulks = {model.bulkRedelivery(kBulk), model.bulkRedelivery(kFinishedBulk)};
    all.unfinished_bulks = model.unfinishedBulkRedeliveries();
    for (const auto& match :
         {log.findByIdempotencyKey(sha256("key")), model.findByIdempotencyKey(sha256("key"))})
        if (match) all.idempotent.emplace(match->delivery, match->body, match->accepted_at);
    all.knows_another_key = log.findByIdempotencyKey(Digest{}).has_value();
    return all;
}

/// What would be sent again, or deleted: an edited row may hide one of these, but add none.
std::vector<StreamId> chosen(const sqlite::ReadModel& model) {
    std::vector<StreamId> ids;
    for (const DeliveryFilter& filter :
         {DeliveryFilter{.status = "failed"}, DeliveryFilter{.status = "delivered"},
          DeliveryFilter{.status = "failed", .endpoint = "https://example.com:443"},
          DeliveryFilter{.client = "forged"}, DeliveryFilter{.q = "forged"},
          DeliveryFilter{.since = epoch() + 1h}, DeliveryFilter{.http_status = 200}}) {
        const auto walked = model.walkDeliveries(filter, 0, 0, 100);
        for (const auto& delivery : walked.value().found)
            ids.push_back(toJson(filter) + delivery.id);
    }
    for (const StreamId& id : model.settledResponses(epoch() + 2ms, 0, 100).found)
        ids.push_back("young " + id);
    for (const StreamId& id : model.settledResponses(epoch() + 1h, 0, 100).found)
        ids.push_back("old " + id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

constexpr const char* kTablesOfRows[] = {"derived_delivery", "derived_response", "derived_endpoint",
                                         "derived_bulk_redelivery", "derived_idempotency"};

/// An edit of each column, in words that the column can hold where it has words.
std::vector<std::string> editsOf(const std::string& file) {
    std::vector<std::string> edits;
    SqliteShell shell(file);
    for (const std::string table :
         {"derived_delivery", "derived_response", "derived_endpoint", "derived_bulk_redelivery",
          "derived_idempotency", "derived_sums", "derived_state"}) {
        std::string columns = shell.query("SELECT name FROM pragma_table_info('" + table + "')");
        while (!columns.empty()) {
            const std::string column = columns.substr(0, columns.find('\n'));
            columns.erase(0, column.size() + 1);
            const std::string set = "UPDATE " + table + " SET " + column + " = ";
            if (column == "stream") {
                edits.push_back(set + "stream + 100");
                edits.push_back("DELETE FROM " + table);
                edits.push_back("DELETE FROM " + table +
                                " WHERE stream = (SELECT min(stream) FROM " + table + ")");
            }
            if (column == "status" && table == "derived_delivery") {
                for (const char* word : {"'pending'", "'failed'", "'delivered'", "'cancelled'"})
                    edits.push_back(set + word);
            }
            if (column == "state") {
                for (const char* word : {"'created'", "'completed'", "'deleted'"})
                    edits.push_back(set + word);
            }
            if (column == "next_cause") edits.push_back(set + "'retry'");
            if (column == "policy") edits.push_back(set + "'0;1'");
            if (column == "client") edits.push_back(set + "'forged'");
            if (column == "filter") edits.push_back(set + R"('{"status":"delivered"}')");
            if (column.ends_with("_at")) edits.push_back(set + "1");
            if (column == "next_attempt_at") edits.push_back(set + "NULL");
            edits.push_back(set + "CASE typeof(" + column + ") WHEN 'integer' THEN CASE " + column +
                            " WHEN 1 THEN 0 ELSE " + column + " + 1 END WHEN 'blob' THEN " +
                            "randomblob(length(" + column + ")) ELSE 'forged' END");
        }
    }
    return edits;
}

TEST_F(DerivedRowsTest, NoDecisionFollowsAnEditedColumn) {
    appendAll(*open());
    Decisions expected;
    std::vector<StreamId> may_choose;
    {
        const auto log = open();
        const sqlite::ReadModel model(file());
        expected = decisionsOf(*log, model);
        may_choose = chosen(model);
        ASSERT_EQ(expected.open.size(), 1u);
        ASSERT_EQ(expected.responses[2]->client, "another");
        ASSERT_TRUE(expected.idempotent);
        ASSERT_GE(may_choose.size(), 4u);
    }
    const std::string untouched = file() + ".untouched";
    std::filesystem::copy_file(file(), untouched);
    const auto edits = editsOf(file());
    EXPECT_GT(edits.size(), 90u);
    for (const std::string& sql : edits) {
        for (const bool digest_fits : {false, true}) {
            SCOPED_TRACE(sql + (digest_fits ? " with a digest that fits" : ""));
            std::filesystem::copy_file(untouched, file(),
                                       std::filesystem::copy_options::overwrite_existing);
            SqliteShell(file()).run(sql);  // a constraint may refuse it
            if (digest_fits && sql.find("derived_s") == std::string::npos) forge("SELECT 1");
            const auto log = open();
            const sqlite::ReadModel model(file());
            EXPECT_EQ(decisionsOf(*log, model), expected);
            for (const StreamId& id : chosen(model))
                EXPECT_TRUE(std::binary_search(may_choose.begin(), may_choose.end(), id)) << id;
        }
    }
}

TEST_F(DerivedRowsTest, NoDecisionOnWhatIsFinishedFollowsAColumnThatIsEditedMeanwhile) {
    const auto log = open();
    appendAll(*log);
    const sqlite::ReadModel model(file());
    const auto may_choose = chosen(model);
    const auto decisions = [&] {
        return std::tuple(log->findDelivery(kTwo), log->findDelivery(kThree),
                          model.findResponse(kStored), model.bulkRedelivery(kBulk),
                          model.bulkRedelivery(kFinishedBulk),
                          log->findByIdempotencyKey(Digest{}).has_value());
    };
    const auto expected = decisions();
    const auto edits = editsOf(file());
    for (const std::string table : kTablesOfRows)
        edit("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table);
    for (const std::string& sql : edits) {
        SCOPED_TRACE(sql);
        for (const std::string table : kTablesOfRows)
            edit("DELETE FROM " + table + "; INSERT INTO " + table + " SELECT * FROM kept_" +
                 table);
        SqliteShell(file()).run(sql);  // a constraint may refuse it
        forge("SELECT 1");
        EXPECT_EQ(decisions(), expected);
        for (const StreamId& id : chosen(model))
            EXPECT_TRUE(std::binary_search(may_choose.begin(), may_choose.end(), id)) << id;
    }
}

// ---- what is erased

TEST_F(DerivedRowsTest, TheErasureOfAPayloadFollowsTheEvents) {
    {
        const auto log = open();
        BatchBuilder(*log)
            .accept(kOne, "{\"mine\":1}")
            .start(kOne)
            .succeed(kOne)
            .accept(kTwo, "{\"another's\":2}")
            .commit();
    }
    const auto log = open();
    forge("UPDATE derived_delivery SET accepted_position = 4 WHERE stream = 1");
    BatchBuilder(*log).add(kOne, PayloadErased{"asked for"}, {.erase_payload = true}).commit();
    EXPECT_EQ(log->readPayload(1), nullptr);
    ASSERT_NE(log->readPayload(4), nullptr) << "of another delivery";
}

TEST_F(DerivedRowsTest, TheObjectOfAResponseIsTheOneThatItsEventsName) {
    const auto log = open();
    DeliveryAccepted callback = acceptedEvent("{\"own\":1}");
    callback.payload_stream = kStored;
    BatchBuilder(*log)
        .add(kStored, createdEvent())
        .add(kStored, completedEvent("obj_1", "{\"own\":1}"), {.payload = makeBytes("{\"own\":1}")})
        .add(kResponse, createdEvent())
        .add(kResponse, completedEvent("obj_2", "{\"other\":2}"),
             {.payload = makeBytes("{\"other\":2}")})
        .add(kOne, callback,
             {.destination = Destination{.url = "https://example.com/hook?key=in-the-query"},
              .salt = "0123456789abcdef"})
        .commit();
    forge("UPDATE derived_response SET payload_position = 4");
    const auto payload = log->readPayloadOf(*log->findDelivery(kOne));
    ASSERT_NE(payload, nullptr);
    EXPECT_EQ(*payload, "{\"own\":1}");
    const sqlite::ReadModel model(file());
    EXPECT_EQ(*model.responseObject(*model.findResponse("obj_1")), "{\"own\":1}");
}

// ---- a stream that cannot be read

TEST_F(DerivedRowsTest, AStreamWhoseEventsContradictEachOtherStopsNoStart) {
    BatchBuilder(*open()).accept(kOne).accept(kTwo).commit();
    edit(
        "DROP TRIGGER event_log_is_never_updated; "
        "UPDATE event_log SET data = '{' WHERE global_position = 1; "
        "DELETE FROM derived_delivery");
    const auto log = open();
    std::vector<StreamId> left;
    std::vector<StreamId> unreadable;
    log->visitOpenDeliveries(
        0, 10, [&](const Delivery& delivery) { left.push_back(delivery.id); },
        [&](const CorruptLog& error) { unreadable.push_back(error.stream()); });
    EXPECT_EQ(left, std::vector<StreamId>{kTwo});
    EXPECT_EQ(unreadable, std::vector<StreamId>{kOne});
    EXPECT_TRUE(std::any_of(notices_.begin(), notices_.end(), [](const std::string& notice) {
        return notice.find(kOne) != std::string::npos;
    })) << "the stream is named";
}

// ---- keys that count no more

Batch keyed(EventLog& log, int first, int count, Timestamp at) {
    BatchBuilder builder(log);
    for (int i = first; i < first + count; ++i) {
        DeliveryAccepted event = acceptedEvent("{}");
        event.idempotency = IdempotencyKey{sha256("key " + std::to_string(i)), sha256("body")};
        builder.accept("dlv_" + std::to_string(i), event, "{}");
    }
    Batch batch = builder.take();
    for (NewEvent& line : batch)
        line.recorded.recorded_at = at;
    return batch;
}

TEST_F(DerivedRowsTest, KeysThatCountNoMoreAreForgotten) {
    constexpr int kDays = 6;
    constexpr int kEachDay = 200;
    constexpr int kAtOnce = 20;
    {
        const auto log = open();
        for (int i = 0; i < kDays * kEachDay; i += kAtOnce) {
            const auto at = epoch() + (i / kEachDay) * 26h;
            Batch batch = keyed(*log, i, kAtOnce, at);
            log->append(batch, log->head());
        }
        for (int i = (kDays - 1) * kEachDay; i < kDays * kEachDay; ++i)
            ASSERT_TRUE(log->findByIdempotencyKey(sha256("key " + std::to_string(i)))) << i;
        const std::string rows =
            SqliteShell(file()).query("SELECT count(*) FROM derived_idempotency");
        EXPECT_LE(std::stoi(rows), 2 * kEachDay + kAtOnce);
        EXPECT_GE(std::stoi(rows), kEachDay);
    }
    expectSound();
    EXPECT_TRUE(
        open()->findByIdempotencyKey(sha256("key " + std::to_string(kDays * kEachDay - 1))));
    EXPECT_EQ(notices_, std::vector<std::string>{}) << "nothing is missing";
    sqlite::rebuild(file());
    expectSound();
    EXPECT_EQ(SqliteShell(file()).query("SELECT count(*) FROM derived_idempotency"),
              std::to_string(kEachDay) + '\n');
}

TEST_F(DerivedRowsTest, AKeyThatIsUsedAgainLeadsToTheNewestDelivery) {
    {
        const auto log = open();
        for (const auto& [id, day] : {std::pair("dlv_a", 0), std::pair("dlv_b", 1)}) {
            DeliveryAccepted event = acceptedEvent("{}");
            event.idempotency = IdempotencyKey{sha256("key"), sha256(id)};
            Batch batch = BatchBuilder(*log).accept(id, event, "{}").take();
            batch[0].recorded.recorded_at = epoch() + day * 24h;
            log->append(batch, log->head());
        }
        EXPECT_EQ(log->findByIdempotencyKey(sha256("key"))->delivery, "dlv_b");
    }
    expectSound();
    // The row leads to the older one, which was made with the key as well.
    edit("UPDATE derived_idempotency SET stream = 1, accepted_at = " +
         std::to_string(epoch().time_since_epoch().count()) + ", body = x'" +
         toHex(sha256("dlv_a")) + "'");
    EXPECT_EQ(open()->findByIdempotencyKey(sha256("key"))->delivery, "dlv_b");
}

}  // namespace

}  // namespace waybill::test
