// Does this version read logs that others wrote: all of format 1, and what a later version added?
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "support/batch_builder.h"
#include "support/directory_contents.h"
#include "support/fold_cases.h"
#include "support/golden_log.h"
#include "support/open_deliveries.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"
#include "waybill/in_words.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/rebuild.h"
#include "waybill/sqlite/verify.h"

namespace waybill::test {
namespace {

using Json = nlohmann::json;

/// A copy of a golden log: the original is never opened.
class GoldenLog : public ::testing::TestWithParam<const char*> {
protected:
    void copy(const std::string& name) {
        golden_ = goldenDirectory(name);
        for (const char* file : {"waybill.db", "secrets.key"})
            std::filesystem::copy_file(golden_ + '/' + file, directory_ / file);
        std::filesystem::permissions(
            directory_ / "secrets.key",
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    std::unique_ptr<EventLog> open() const {
        return sqlite::openLog({.directory = directory_.path()});
    }
    std::string file() const { return directory_ / "waybill.db"; }
    std::string noted(const std::string& name) const { return readFile(golden_ + '/' + name); }

    /// Also what later versions may add: what was there must be the same.
    void expectStatesAsNoted(const EventLog& log) const {
        const Json noted = Json::parse(this->noted("states.json"));
        const Json now = Json::parse(statesOf(log));
        ASSERT_EQ(now.size(), noted.size());
        for (const auto& [stream, state] : noted.items()) {
            EXPECT_EQ(now.at(stream).at("kind"), state.at("kind")) << stream;
            for (const auto& [column, value] : state.at("columns").items())
                EXPECT_EQ(now.at(stream).at("columns").at(column), value)
                    << stream << ' ' << column;
        }
    }

    void expectSound() const {
        const auto report = sqlite::verify({.file = file()});
        for (const sqlite::Finding& finding : report.findings)
            ADD_FAILURE() << finding.stream << ' ' << finding.position << ": " << finding.rule;
        EXPECT_EQ(toHex(report.head) + '\n', noted("head.txt"));
    }

    TemporaryDirectory directory_;
    std::string golden_;
};

TEST_P(GoldenLog, IsReadFoldedRebuiltIndexedAndVerified) {
    copy(GetParam());
    {
        const auto log = open();  // which makes the derived tables: they are not kept
        EXPECT_EQ(toHex(log->head().hash) + '\n', noted("head.txt"));
        expectStatesAsNoted(*log);
        const sqlite::Indexer indexer({.directory = directory_.path()});
        EXPECT_TRUE(indexer.waitFor(log->head().global_position, std::chrono::seconds(60)));
        expectSound();
    }
    const auto rebuilt = sqlite::rebuild(file());
    EXPECT_EQ(rebuilt.streams, Json::parse(noted("states.json")).size());
    expectSound();
    expectStatesAsNoted(*open());
}

TEST_P(GoldenLog, IsWrittenAnewWhenAskedFor) {
    if (std::getenv("WAYBILL_WRITE_GOLDEN") == nullptr)
        GTEST_SKIP() << "WAYBILL_WRITE_GOLDEN=1 writes " << GetParam() << " into the source tree";
    writeGolden(GetParam(), goldenDirectory(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Of, GoldenLog, ::testing::Values(kFormat1, kFromTheFuture),
                         [](const auto& name) { return std::string(name.param); });

TEST_F(GoldenLog, Format1HasEveryTypeOfEvent) {
    copy(kFormat1);
    std::set<std::string> types;
    for (const RecordedEvent& event : open()->readAll(0, 1000)) {
        EXPECT_FALSE(std::holds_alternative<UnknownEvent>(event.event)) << event.global_position;
        types.emplace(typeName(event.event));
    }
    for (const std::string& type : allEventTypes())
        EXPECT_TRUE(types.contains(type)) << type;
}

/// Global position of the first event of a stream.
std::uint64_t beginOf(const EventLog& log, const StreamId& stream) {
    return log.readStream(stream).at(0).global_position;
}

TEST_F(GoldenLog, TheBytesBesideFormat1AreReadAndItsSecretsOpen) {
    copy(kFormat1);
    {
        const auto log = open();
        EXPECT_FALSE(log->readPayload(beginOf(*log, kOne))) << "erased";
        EXPECT_EQ(log->readDestination(beginOf(*log, kOne))->token, "the first token");
        EXPECT_EQ(log->readDestination(log->findDelivery(kOne)->destination_position),
                  (Destination{"https://example.org/moved?key=in-the-query", "the second token"}));
        EXPECT_EQ(*log->readPayload(beginOf(*log, kThree)), "{\"n\":3}");
        EXPECT_EQ(log->readDestination(beginOf(*log, kThree))->token, "a token that waits");
        EXPECT_EQ(*log->readPayloadOf(*log->findDelivery("dlv_late")),
                  "{\"id\":\"obj_1\",\"status\":\"completed\"}");
        const std::uint64_t request = beginOf(*log, "resp_open");
        EXPECT_EQ(log->readRequest(request)->body, "{\"model\":\"echo\"}");
        EXPECT_EQ(log->readRequest(request)->client_key,
                  "{\"authorization\":\"Bearer of a client\"}");
        EXPECT_EQ(log->readDestination(request)->token, "a callback's token");
        EXPECT_EQ(log->findByIdempotencyKey(sha256("a key"))->delivery, kOne);
    }
    const sqlite::ReadModel model(file());
    const auto detail = model.deliveryDetail(kOne);
    EXPECT_EQ(detail->attempts.at(0).response_body, "") << "erased with the payload it may quote";
    EXPECT_EQ(detail->attempts.at(0).explanation.find("missing"), std::string::npos);
    EXPECT_EQ(detail->delivery.url, "https://example.org/moved?key=in-the-query");
    EXPECT_EQ(*model.responseObject(*model.findResponse("obj_1")),
              "{\"id\":\"obj_1\",\"status\":\"completed\"}");
}

TEST_F(GoldenLog, WhatALaterVersionAddedIsKeptAndTheRestGoesOn) {
    copy(kFromTheFuture);
    const auto log = open();
    const std::vector<Delivery> open_deliveries = openDeliveries(*log);
    ASSERT_EQ(open_deliveries.size(), 1u) << "unknown keys alone change nothing";
    EXPECT_EQ(open_deliveries.front().id, kTwo);
    EXPECT_TRUE(log->openResponses().empty());
    EXPECT_EQ(log->pausedEndpoints().size(), 2u);
    for (const StreamId& id : {kOne, kThree, StreamId("dlv_by_schedule")}) {
        EXPECT_TRUE(log->findDelivery(id)->from_later_version) << id;
        const std::string head = toHex(log->head().hash);
        Batch batch = BatchBuilder(*log).add(id, DeliveryCancelled{}).take();
        EXPECT_THROW(log->append(batch, log->head()), CorruptLog) << id;
        EXPECT_EQ(toHex(log->head().hash), head);
    }
    BatchBuilder(*log).start(kTwo, 2, AttemptCause::kRetry).succeed(kTwo, 2).commit();
    EXPECT_EQ(log->findDelivery(kTwo)->status, DeliveryStatus::kDelivered);
    EXPECT_EQ(*log->readPayloadOf(*log->findDelivery(kTwo)), "{\"n\":2}");
}

TEST_F(GoldenLog, WhatALaterVersionAddedIsShownAsItIsStored) {
    copy(kFromTheFuture);
    open();
    const sqlite::ReadModel model(file());
    const std::vector<EventView> events = model.events(0, 1000);
    ASSERT_EQ(events.size(), model.head().global_position);
    EXPECT_EQ(events.at(1).data, R"({"through":"eu-west","hops":[1,2.0,3e0]})");
    EXPECT_TRUE(events.at(3).data.starts_with(R"({"priority":{"class":"high", "weight":1.50},)"));
    for (const EventView& event : events) {
        EXPECT_EQ(eventViewFromJson(toJson(event)).data, event.data) << "through the API";
        EXPECT_NO_THROW(decodeData(event.type, event.data, event.stream, event.position));
    }
    EXPECT_EQ(model.streamEvents("key_1").at(0).data, R"({ "name":"signing", "t":"\u00e9\/" })");

    const auto detail = model.deliveryDetail(kThree);
    EXPECT_EQ(detail->delivery.held_by, "later_version");
    EXPECT_EQ(detail->attempts.at(0).explanation,
              "What became of it is not known here: an event of a later version follows, "
              "attempt_failed.");
    EXPECT_NE(statusInWords(detail->delivery, epoch()).find("a later version"), std::string::npos);
    EXPECT_EQ(model.delivery(kTwo)->held_by, "endpoint_paused") << "and by nothing else";
    EXPECT_TRUE(model.unfinishedBulkRedeliveries().empty());
    EXPECT_GT(sqlite::verify({.file = file()}).later_events, 0u);
}

}  // namespace
}  // namespace waybill::test
