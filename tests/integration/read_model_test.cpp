// What the operator's interface reads from a log.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/batch_builder.h"
#include "support/sqlite_shell.h"
#include "support/stream_names.h"
#include "support/temporary_directory.h"
#include "waybill/errors.h"
#include "waybill/sqlite/log.h"
#include "waybill/sqlite/log_file_admin_api.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/sqlite/verify.h"
#include "waybill/version.h"

namespace waybill::test {

namespace {

const StreamId kDelivered = "dlv_00000000000000000000000001";
const StreamId kPending = "dlv_00000000000000000000000002";
const StreamId kOther = "dlv_00000000000000000000000003";
const std::string kOtherUrl = "https://example.org/callbacks";

class ReadModelTest : public ::testing::Test {
protected:
    ReadModelTest() {
        DeliveryAccepted other = acceptedEvent("{}");
        other.endpoint = "https://example.org:443";
        other.client = "somebody else";
        other.subject = "another subject";
        other.url_digest = saltedSha256("salt", kOtherUrl);
        AttemptFailed answered = failedEvent(1, std::nullopt);
        answered.reason = FailureReason::kHttpStatus;
        answered.exchange.http_status = 410;
        batch()
            .accept(kDelivered, "{\"n\":1}", "s3cret")
            .start(kDelivered)
            .fail(kDelivered, 1, epoch() + std::chrono::seconds(5))
            .start(kDelivered, 2, AttemptCause::kRetry)
            .succeed(kDelivered, 2)
            .accept(kPending, "{\"n\":2}")
            .add(kOther, other,
                 {.payload = makeBytes("{}"),
                  .destination = Destination{kOtherUrl, {}},
                  .salt = "salt"})
            .start(kOther)
            .add(kOther, answered)
            .commit();
    }

    BatchBuilder batch() { return BatchBuilder(*log_); }
    EventLog& log() { return *log_; }
    void closeLog() { log_.reset(); }
    const sqlite::ReadModel& model() const { return model_; }
    std::string file() const { return directory_ / "waybill.db"; }
    const std::string& directory() const { return directory_.path(); }

    std::vector<StreamId> idsWhere(const DeliveryFilter& filter) const {
        std::vector<StreamId> ids;
        const auto page = model_.deliveries(filter, 50, {});
        for (const DeliveryView& view : page->data)
            ids.push_back(view.id);
        return ids;
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<EventLog> log_ = sqlite::openLog({.directory = directory_.path()});
    sqlite::ReadModel model_{file()};
};

using Ids = std::vector<StreamId>;

std::string headerOf(const AttemptView& attempt, const std::string& name) {
    for (const auto& [key, value] : attempt.request_headers) {
        if (key == name) return value;
    }
    return "(none)";
}

}  // namespace

// ---- lists

TEST_F(ReadModelTest, DeliveriesAreListedNewestFirst) {
    EXPECT_EQ(idsWhere({}), (Ids{kOther, kPending, kDelivered}));
}

TEST_F(ReadModelTest, EachFilterFindsWhatItNames) {
    EXPECT_EQ(idsWhere({.status = "pending"}), Ids{kPending});
    EXPECT_EQ(idsWhere({.endpoint = "https://example.org:443"}), Ids{kOther});
    EXPECT_EQ(idsWhere({.client = "tester"}), (Ids{kPending, kDelivered}));
    EXPECT_EQ(idsWhere({.subject = "another subject"}), Ids{kOther});
    EXPECT_EQ(idsWhere({.reason = "http_status"}), Ids{kOther});
    EXPECT_EQ(idsWhere({.http_status = 200}), Ids{kDelivered});
    EXPECT_EQ(idsWhere({.since = epoch() + std::chrono::milliseconds(5)}), (Ids{kOther, kPending}));
    EXPECT_EQ(idsWhere({.until = epoch() + std::chrono::milliseconds(5)}), Ids{kDelivered});
    EXPECT_EQ(idsWhere({.client = "tester", .q = "another"}), Ids{});
    EXPECT_EQ(idsWhere({.status = "pending", .client = "somebody else"}), Ids{});
}

TEST_F(ReadModelTest, APrefixOfIdSubjectOrUrlFinds) {
    EXPECT_EQ(idsWhere({.q = kPending}), Ids{kPending});
    EXPECT_EQ(idsWhere({.q = "dlv_"}).size(), 3u);
    EXPECT_EQ(idsWhere({.q = "another sub"}), Ids{kOther});
    EXPECT_EQ(idsWhere({.q = "https://example.org/call"}), Ids{kOther});
    EXPECT_EQ(idsWhere({.q = "example.org"}), Ids{}) << "only by prefix";
    EXPECT_EQ(idsWhere({.q = "%"}), Ids{}) << "no wildcards";
}

TEST_F(ReadModelTest, PagesNeitherSkipNorRepeatWhileNewDeliveriesArrive) {
    for (int i = 0; i < 20; ++i)
        batch().accept("dlv_page_" + std::to_string(100 + i)).commit();
    std::vector<StreamId> seen;
    std::string cursor;
    do {
        const auto page = model().deliveries({.q = "dlv_page_"}, 3, cursor);
        ASSERT_TRUE(page.ok());
        for (const DeliveryView& view : page->data)
            seen.push_back(view.id);
        cursor = page->next_cursor;
        batch().accept("dlv_page_new_" + std::to_string(seen.size())).commit();
    } while (!cursor.empty());
    ASSERT_EQ(seen.size(), 20u);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(seen[i], "dlv_page_" + std::to_string(119 - i));
}

TEST_F(ReadModelTest, WhatCannotBeAskedIsRefusedByName) {
    EXPECT_EQ(model().deliveries({}, 50, "not a cursor").refusal().param, "cursor");
    EXPECT_EQ(model().deliveries({}, 0, {}).refusal().param, "limit");
    EXPECT_EQ(model().deliveries({}, 501, {}).refusal().param, "limit");
    EXPECT_EQ(model().deliveries({.status = "lost"}, 50, {}).refusal().param, "status");
    EXPECT_EQ(model().deliveries({.reason = "bad luck"}, 50, {}).refusal().param, "reason");
}

TEST_F(ReadModelTest, APausedEndpointHoldsWhatWaits) {
    batch().add("https://example.com:443", EndpointPaused{}).commit();
    EXPECT_EQ(model().delivery(kPending)->held_by, "endpoint_paused");
    EXPECT_EQ(model().delivery(kDelivered)->held_by, "");
    batch().add("https://example.com:443", EndpointResumed{}).commit();
    EXPECT_EQ(model().delivery(kPending)->held_by, "");
}

// ---- one delivery

TEST_F(ReadModelTest, ADeliveryShowsItsUrl) {
    const auto view = model().delivery(kDelivered);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->url, "https://example.com/hook?key=in-the-query");
    EXPECT_EQ(view->endpoint, "https://example.com:443");
    EXPECT_EQ(view->status, "delivered");
    EXPECT_EQ(view->attempt_count, 2u);
    EXPECT_FALSE(model().delivery("dlv_unknown"));
    EXPECT_FALSE(model().deliveryDetail("dlv_unknown"));
}

TEST_F(ReadModelTest, AnAttemptShowsWhatWasSentAndWhatCameBack) {
    const auto detail = model().deliveryDetail(kDelivered);
    ASSERT_TRUE(detail);
    ASSERT_EQ(detail->attempts.size(), 2u);
    const AttemptView& second = detail->attempts[1];
    EXPECT_EQ(headerOf(second, "Content-Type"), "application/json");
    EXPECT_EQ(headerOf(second, "Authorization"), "Bearer ****");
    EXPECT_EQ(headerOf(second, "User-Agent"), std::string("Waybill/") + version());
    EXPECT_EQ(headerOf(second, "webhook-id"), kDelivered);
    EXPECT_EQ(headerOf(second, "webhook-timestamp"), "1767225600");
    EXPECT_EQ(headerOf(second, "waybill-attempt"), "2");
    EXPECT_EQ(second.response_head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(second.response_body, "ok");
    EXPECT_EQ(detail->attempts[0].response_head, "");
    EXPECT_EQ(headerOf(model().deliveryDetail(kOther)->attempts[0], "Authorization"), "(none)");
}

TEST_F(ReadModelTest, ACorrectedTokenIsShownFromItsRoundOn) {
    RedeliveryRequested again{.round = 2, .token_changed = true, .due_at = epoch()};
    AttemptStarted second_round = startedEvent(2, AttemptCause::kRedelivery, 2);
    batch()
        .add(kOther, again, {.destination = Destination{kOtherUrl, "new"}})
        .add(kOther, second_round)
        .commit();
    const auto attempts = model().deliveryDetail(kOther)->attempts;
    ASSERT_EQ(attempts.size(), 2u);
    EXPECT_EQ(headerOf(attempts[0], "Authorization"), "(none)");
    EXPECT_EQ(headerOf(attempts[1], "Authorization"), "Bearer ****");
}

TEST_F(ReadModelTest, ATokenThatStayedBehindIsShownInNoLaterRequest) {
    RedeliveryRequested there{.round = 2,
                              .endpoint = "https://example.org:443",
                              .previous_endpoint = "https://example.com:443",
                              .url_digest = saltedSha256("salt", "https://example.org/new"),
                              .token_changed = true,
                              .token_dropped = true,
                              .due_at = epoch()};
    batch()
        .add(kDelivered, there,
             {.destination = Destination{"https://example.org/new", ""}, .salt = "salt"})
        .add(kDelivered, startedEvent(3, AttemptCause::kRedelivery, 2))
        .commit();
    EXPECT_EQ(model().delivery(kDelivered)->url, "https://example.org/new");
    const auto attempts = model().deliveryDetail(kDelivered)->attempts;
    ASSERT_EQ(attempts.size(), 3u);
    EXPECT_EQ(headerOf(attempts[1], "Authorization"), "Bearer ****");
    EXPECT_EQ(headerOf(attempts[2], "Authorization"), "(none)");
}

TEST_F(ReadModelTest, EventsAreShownAsTheyAreStored) {
    const auto events = model().streamEvents(kPending);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].type, "delivery_accepted");
    EXPECT_EQ(events[0].actor, "client:tester");
    EXPECT_EQ(events[0].global_position, 6u);
    EXPECT_EQ(events[0].hash.size(), 64u);
    EXPECT_EQ(model().events(0, 4).size(), 4u);
    EXPECT_EQ(model().events(8, 4).front().global_position, 9u);
    EXPECT_EQ(model().events(8, 4).front().hash, toHex(model().head().hash));
}

TEST_F(ReadModelTest, APayloadIsReadUntilItIsErased) {
    EXPECT_EQ(*model().payload(kDelivered), "{\"n\":1}");
    batch().add(kDelivered, PayloadErased{}, {.erase_payload = true}).commit();
    EXPECT_FALSE(model().payload(kDelivered));
    EXPECT_FALSE(model().payload("dlv_unknown"));
}

// ---- responses

TEST_F(ReadModelTest, AResponseIsFoundByItsObjectAndByItsStream) {
    batch().add(kResponse, createdEvent()).commit();
    EXPECT_FALSE(model().findResponse("chatcmpl-1"));
    batch()
        .add(kResponse, completedEvent("chatcmpl-1", "{\"id\":\"chatcmpl-1\"}"),
             {.payload = makeBytes("{\"id\":\"chatcmpl-1\"}")})
        .commit();
    ASSERT_TRUE(model().findResponse("chatcmpl-1"));
    EXPECT_EQ(model().findResponse("chatcmpl-1"), model().findResponse(kResponse));
    EXPECT_EQ(model().streamEvents("chatcmpl-1").size(), model().streamEvents(kResponse).size());
    EXPECT_EQ(model().streamEvents("chatcmpl-1").at(0).stream, kResponse);
    EXPECT_EQ(*model().responseObject(*model().findResponse(kResponse)), "{\"id\":\"chatcmpl-1\"}");
    EXPECT_FALSE(model().findResponse(""));
    EXPECT_FALSE(model().findResponse(kDelivered));
}

TEST_F(ReadModelTest, ABackgroundResponseAnswersItsQueuedObjectUntilItIsCompleted) {
    batch()
        .add(kResponse, createdEvent(true),
             {.request = StoredRequest{.body = "{}", .object = "{\"status\":\"queued\"}"}})
        .commit();
    EXPECT_EQ(*model().responseObject(*model().findResponse(kResponse)), "{\"status\":\"queued\"}");
    batch()
        .add(kResponse, completedEvent(kResponse, "{\"status\":\"completed\"}"),
             {.payload = makeBytes("{\"status\":\"completed\"}")})
        .commit();
    EXPECT_EQ(*model().responseObject(*model().findResponse(kResponse)),
              "{\"status\":\"completed\"}");
}

TEST_F(ReadModelTest, AnObjectIdThatIsUsedAgainLeadsToTheOneThatExists) {
    const StreamId second = "resp_0000000000000000000000002";
    batch()
        .add(kResponse, createdEvent())
        .add(kResponse, completedEvent("same", "1"), {.payload = makeBytes("1")})
        .add(second, createdEvent())
        .add(second, completedEvent("same", "2"), {.payload = makeBytes("2")})
        .add(second, ResponseDeleted{})
        .commit();
    EXPECT_EQ(model().findResponse("same")->id, kResponse);
}

// ---- from many threads

TEST_F(ReadModelTest, ManyThreadsReadWhileTheLogGrows) {
    std::vector<std::jthread> readers;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                const auto page = model().deliveries({}, 10, {});
                if (!page.ok() || page->data.size() < 3) ++wrong;
                if (!model().deliveryDetail(kDelivered)) ++wrong;
            }
        });
    }
    for (int i = 0; i < 100; ++i) {
        batch().accept("dlv_grow_" + std::to_string(i)).commit();
        log().maintain(false);
    }
    readers.clear();
    EXPECT_EQ(wrong, 0);
}

// ---- bytes that are not what was stored

TEST_F(ReadModelTest, WhatIsDamagedIsNeverShownAndTheRestIs) {
    batch()
        .add(kResponse, createdEvent())
        .add(kResponse, completedEvent("obj_1", "{}"), {.payload = makeBytes("{}")})
        .commit();
    SqliteShell shell(file());
    ASSERT_EQ(shell.run("UPDATE payloads SET bytes = x'58'; "
                        "UPDATE exchanges SET body = x'58'; "
                        "UPDATE destinations SET url = 'https://example.com/forged' "
                        "WHERE global_position = 1"),
              "");
    for (const StreamId& id : {kDelivered, kPending, kOther})
        EXPECT_THROW(model().payload(id), DamagedBytes) << id;
    EXPECT_THROW(model().responseObject(*model().findResponse("obj_1")), DamagedBytes);
    const auto from_file = sqlite::makeLogFileAdminApi(file())->payload(kPending);
    ASSERT_FALSE(from_file.ok());
    EXPECT_EQ(from_file.refusal().message,
              "The payload beside event 6 is damaged: it has another size than the event names.");

    const auto detail = model().deliveryDetail(kDelivered);
    EXPECT_EQ(detail->delivery.url, "");
    EXPECT_EQ(detail->attempts[1].response_head, "");
    EXPECT_EQ(detail->attempts[1].response_body, "");
    EXPECT_EQ(detail->attempts[1].status, AttemptStatus::kSucceeded) << "the event is sound";
    EXPECT_NE(detail->attempts[1].explanation.find(
                  " The answer beside event 5 is damaged: it has another size than the event "
                  "names. It is not shown."),
              std::string::npos)
        << detail->attempts[1].explanation;
    const auto page = model().deliveries({}, 50, {});
    ASSERT_EQ(page->data.size(), 3u) << "one URL's damage hides no other delivery";
    EXPECT_EQ(page->data[2].url, "");
    EXPECT_EQ(page->data[0].url, kOtherUrl);

    ASSERT_EQ(shell.run("DROP TRIGGER event_log_is_never_updated; "
                        "UPDATE event_log SET data = '{' WHERE global_position = 1"),
              "");
    EXPECT_EQ(model().deliveries({}, 50, {})->data.size(), 3u) << "nor does a bad event";
}

// ---- a file without a daemon

TEST_F(ReadModelTest, ALogFileAnswersTheOperatorsQuestions) {
    const auto api = sqlite::makeLogFileAdminApi(file());
    EXPECT_EQ(api->deliveries({}, 50, {})->data.size(), 3u);
    EXPECT_EQ(api->delivery(kDelivered)->attempts.size(), 2u);
    EXPECT_EQ(api->deliveryEvents(kPending)->data.size(), 1u);
    EXPECT_EQ(**api->payload(kPending), "{\"n\":2}");
    EXPECT_EQ(api->events(0, 4)->next_cursor, "4");
    EXPECT_EQ(api->events(8, 4)->next_cursor, "");
    EXPECT_EQ(sqlite::makeLogFileAdminApi(directory())->delivery(kOther)->delivery.id, kOther)
        << "the data directory will do";
}

TEST_F(ReadModelTest, ALogFileRefusesWhatItCannotDo) {
    const auto api = sqlite::makeLogFileAdminApi(file());
    EXPECT_EQ(api->redeliver(kOther, "", {}, {}).refusal().code, RefusalCode::kConflict);
    EXPECT_EQ(api->cancel(kPending, "").refusal().code, RefusalCode::kConflict);
    EXPECT_EQ(api->delivery("dlv_unknown").refusal().code, RefusalCode::kNotFound);
    EXPECT_EQ(api->deliveryEvents("dlv_unknown").refusal().code, RefusalCode::kNotFound);
    EXPECT_EQ(api->payload("dlv_unknown").refusal().code, RefusalCode::kNotFound);
    EXPECT_EQ(api->events(0, 0).refusal().param, "limit");
    batch().add(kDelivered, PayloadErased{}, {.erase_payload = true}).commit();
    EXPECT_EQ(api->payload(kDelivered).refusal().code, RefusalCode::kErased);
}

/// Root may write everywhere, so it steps down for a while.
class OrdinaryUser {
public:
    OrdinaryUser() {
        if (was_root_) become(kNobody);
    }
    ~OrdinaryUser() {
        if (was_root_) become(0);
    }
    OrdinaryUser(const OrdinaryUser&) = delete;
    OrdinaryUser& operator=(const OrdinaryUser&) = delete;

private:
    static void become(uid_t user) { EXPECT_EQ(::seteuid(user), 0); }

    static constexpr uid_t kNobody = 65534;
    const bool was_root_ = ::geteuid() == 0;
};

TEST_F(ReadModelTest, ALogFileIsReadWhereNothingCanBeWritten) {
    closeLog();
    ASSERT_EQ(::chmod(file().c_str(), 0444), 0);
    ASSERT_EQ(::chmod(directory().c_str(), 0555), 0);
    {
        const OrdinaryUser user;
        const auto api = sqlite::makeLogFileAdminApi(file());
        EXPECT_EQ(api->deliveries({}, 50, {})->data.size(), 3u);
        EXPECT_TRUE(sqlite::verify({.file = file()}).sound());
    }
    EXPECT_FALSE(std::filesystem::exists(file() + "-shm"));
    ASSERT_EQ(::chmod(directory().c_str(), 0700), 0);
}

TEST_F(ReadModelTest, AMissingFileIsSaidToBeMissing) {
    EXPECT_THROW(sqlite::makeLogFileAdminApi(directory() + "/none.db"), StoreUnavailable);
    EXPECT_THROW(sqlite::ReadModel(directory() + "/none.db").head(), StoreUnavailable);
}

}  // namespace waybill::test
