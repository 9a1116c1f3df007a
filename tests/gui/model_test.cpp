// The view model, without a screen.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "app/command_line.h"
#include "model/delivery_list.h"
#include "model/event_line.h"
#include "model/evidence.h"
#include "model/export_file.h"
#include "model/format.h"
#include "model/json_tree.h"
#include "model/query.h"
#include "model/state.h"

namespace waybill::gui {
namespace {

using namespace std::chrono_literals;

TEST(Format, WritesNumbersForPeople) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(compact(949), "949");
    EXPECT_EQ(compact(4570), "4.6k");
    EXPECT_EQ(compact(189'600), "190k");
    EXPECT_EQ(percent(0.99999), "99.99");  // never a success that was not
    EXPECT_EQ(byteCount(685), "685 B");
    EXPECT_EQ(counted(1, "delivery", "deliveries"), "1 delivery");
}

TEST(Format, WritesTimesForPeople) {
    EXPECT_EQ(span(850us), "850 µs");
    EXPECT_EQ(span(12ms), "12 ms");
    EXPECT_EQ(span(15s), "15.00 s");
    EXPECT_EQ(span(125s), "2m 05s");
    EXPECT_EQ(span(3h + 12min), "3h 12m");
    EXPECT_EQ(roughSpan(45s), "45s");
    EXPECT_EQ(roughSpan(125s), "2m");
    EXPECT_EQ(roughSpan(3h + 12min), "3h 12m");
    EXPECT_EQ(countdown(-1s), "due");
    EXPECT_EQ(countdown(5200ms), "6s");
    EXPECT_EQ(ago(45s), "45s ago");
    const Timestamp time = *parseTimestamp("2026-11-21T18:40:01.123Z");
    EXPECT_EQ(clockMillis(time), "18:40:01.123");
    EXPECT_EQ(clockOrDay(time, time + 1h), "18:40:01");
    EXPECT_EQ(clockOrDay(time, time + 24h), "21 Nov 18:40");
}

TEST(Query, ReadsFiltersFromWhatIsTyped) {
    const Timestamp now = *parseTimestamp("2026-11-21T18:40:00Z");
    const auto filter = parseSearch("status:failed code:503 client:acme since:1h resp_01", now);
    ASSERT_TRUE(filter.ok()) << filter.refusal().message;
    EXPECT_EQ(filter->status, "failed");
    EXPECT_EQ(filter->http_status, 503);
    EXPECT_EQ(filter->client, "acme");
    EXPECT_EQ(filter->since, now - 1h);
    EXPECT_EQ(filter->q, "resp_01");
}

TEST(Query, TakesANumberForAStatusAndAUrlForAUrl) {
    EXPECT_EQ(parseSearch("503", {})->http_status, 503);
    EXPECT_EQ(parseSearch("https://a.example/x", {})->q, "https://a.example/x");
    EXPECT_EQ(parseSearch("2048", {})->q, "2048");
}

TEST(Query, QuotesKeepSpacesAndColonsTogether) {
    const auto filter = parseSearch(R"(subject:"order ""7"": late" "status:x")", {});
    ASSERT_TRUE(filter.ok()) << filter.refusal().message;
    EXPECT_EQ(filter->subject, "order \"7\": late");
    EXPECT_EQ(filter->q, "status:x");
    EXPECT_EQ(parseSearch("\"503\"", {})->q, "503");
    EXPECT_EQ(parseSearch("client:a\"b", {})->client, "a\"b");
}

TEST(Query, NamesAnEndpointAsTheLogDoes) {
    EXPECT_EQ(parseSearch("endpoint:HTTPS://A.example", {})->endpoint, "https://a.example:443");
}

TEST(Query, SaysWhatIsWrong) {
    const auto problem = [](std::string_view text) {
        const auto filter = parseSearch(text, {});
        return filter.ok() ? std::string() : filter.refusal().message;
    };
    EXPECT_NE(problem("status:lost").find("pending"), std::string::npos);
    EXPECT_NE(problem("clinet:acme").find("client"), std::string::npos);
    EXPECT_NE(problem("order:7").find("quotes"), std::string::npos);
    EXPECT_NE(problem("code:9").find("100 to 599"), std::string::npos);
    EXPECT_NE(problem("code:").find("missing"), std::string::npos);
    EXPECT_NE(problem("client:a client:b").find("twice"), std::string::npos);
    EXPECT_NE(problem("503 code:500").find("twice"), std::string::npos);
    EXPECT_NE(problem("subject:\"order 7").find("closing quote"), std::string::npos);
    EXPECT_NE(problem("\"a\"b").find("closing quote"), std::string::npos);
}

TEST(Query, WhatIsChosenBesideTheSearchMustNotContradictIt) {
    State state;
    state.search = "status:failed client:acme";
    state.status = "failed";
    ASSERT_TRUE(state.filter({}).ok());
    EXPECT_EQ(state.filter({})->client, "acme");
    state.status = "pending";
    EXPECT_NE(state.filter({}).refusal().message.find("status"), std::string::npos);
}

TEST(Query, IsACommandLineThatAShellReadsBack) {
    DeliveryFilter filter;
    filter.status = "failed";
    filter.subject = "it's; rm -rf /";
    EXPECT_EQ(filterArguments(filter), "--status failed --subject 'it'\\''s; rm -rf /'");
}

TEST(Query, NoControlCharacterGetsIntoATerminal) {
    EXPECT_EQ(shellQuoted("a\x03\x7F"), "'a'\"$(printf '\\003')\"''\"$(printf '\\177')\"''");
    EXPECT_EQ(shellQuoted("a\nb"), "'a\nb'");
}

std::shared_ptr<DeliveryPage> page(const std::string& cursor, const std::string& next, int first,
                                   int count) {
    auto made = std::make_shared<DeliveryPage>();
    made->cursor = cursor;
    made->next = next;
    for (int i = 0; i < count; ++i) {
        made->rows.emplace_back();
        made->rows.back().id = "dlv_" + std::to_string(first + i);
    }
    return made;
}

TEST(DeliveryList, FindsRowsAcrossPages) {
    DeliveryList list;
    list.append(page("", "a", 0, 10));
    list.append(page("a", "", 10, 5));
    EXPECT_EQ(list.size(), 15u);
    EXPECT_TRUE(list.complete());
    EXPECT_EQ(list.at(12)->id, "dlv_12");
    EXPECT_EQ(list.at(15), nullptr);
    EXPECT_EQ(list.find("dlv_11"), 11);
    EXPECT_EQ(list.find("dlv_99"), -1);
}

TEST(DeliveryList, GivesFarPagesBackAndTakesThemAgain) {
    DeliveryList list;
    for (int i = 0; i < 10; ++i)
        list.append(page(i == 0 ? "" : std::to_string(i), std::to_string(i + 1), i * 10, 10));
    list.forgetFarFrom(95, 2);
    EXPECT_EQ(list.size(), 100u);
    EXPECT_EQ(list.at(5), nullptr);
    EXPECT_FALSE(list.hasPage(0));
    EXPECT_EQ(list.cursorOf(3), "3");
    list.replace(0, page("", "1", 0, 10));
    EXPECT_EQ(list.at(5)->id, "dlv_5");
    EXPECT_EQ(list.size(), 100u);
}

TEST(DeliveryList, DropsWhatNoLongerFollows) {
    DeliveryList list;
    list.append(page("", "a", 0, 10));
    list.append(page("a", "b", 10, 10));
    list.replace(0, page("", "x", 100, 10));
    EXPECT_EQ(list.size(), 10u);
    EXPECT_EQ(list.nextCursor(), "x");
    EXPECT_FALSE(list.complete());
}

TEST(JsonTree, KeepsOrderAndNumbersAsTheyAre) {
    const JsonTree tree = parseJsonTree(R"({"b":1.50,"a":[1,"x",null],"e":{}})");
    ASSERT_EQ(tree.size(), 9u);
    EXPECT_EQ(tree[1].key, "\"b\"");
    EXPECT_EQ(tree[1].text, "1.50");
    EXPECT_TRUE(tree[1].comma);
    EXPECT_EQ(tree[2].members, 3u);
    EXPECT_EQ(tree[tree[2].close].text, "]");
    EXPECT_TRUE(tree[tree[2].close].comma);
    EXPECT_EQ(tree[7].text, "{}");
    EXPECT_EQ(tree[0].close, 8u);
}

TEST(JsonTree, ShowsWhatOtherReadersRefuse) {
    const JsonTree tree =
        parseJsonTree(R"({"n":1e999,"n":-0.0,"half":"\ud83d x","whole":"\u00e9\ud83d\ude00"})");
    ASSERT_EQ(tree.size(), 6u);
    EXPECT_EQ(tree[1].text, "1e999");
    EXPECT_EQ(tree[2].key, "\"n\"");
    EXPECT_EQ(tree[2].text, "-0.0");
    EXPECT_EQ(tree[3].text, R"("\ud83d x")");
    EXPECT_EQ(tree[4].text, "\"\u00e9\U0001F600\"");
}

TEST(JsonTree, ReachesSixHundredLevelsDown) {
    const JsonTree tree = parseJsonTree(std::string(600, '[') + "7" + std::string(600, ']'));
    ASSERT_EQ(tree.size(), 1201u);
    EXPECT_EQ(tree[600].text, "7");
    EXPECT_EQ(tree[600].depth, 600);
    EXPECT_EQ(tree[0].close, 1200u);
}

TEST(JsonTree, IsEmptyForWhatIsNoJsonOrTooDeep) {
    EXPECT_TRUE(parseJsonTree("hello").empty());
    EXPECT_TRUE(parseJsonTree("").empty());
    EXPECT_TRUE(parseJsonTree("\"\xFF\"").empty());
    EXPECT_TRUE(parseJsonTree("{\"a\":").empty());
    EXPECT_TRUE(parseJsonTree(std::string(100'000, '[')).empty());
}

TEST(EventLine, SaysWhatHappenedAndWhatFollows) {
    EventView event;
    event.type = "attempt_failed";
    event.recorded_at = *parseTimestamp("2026-11-21T18:40:00Z");
    event.data =
        R"({"attempt":2,"reason":"timeout","http_status":null,"timings_us":{"total":30000000},"retry_at":"2026-11-21T18:45:00Z"})";
    const EventLine line = lineOf(event);
    EXPECT_EQ(line.label, "attempt failed");
    EXPECT_EQ(line.result, "timeout");
    EXPECT_EQ(line.took, "30.00 s");
    EXPECT_EQ(line.tone, Tone::kWarning);
    EXPECT_NE(line.words.find("retry in 5m 00s"), std::string::npos);
}

TEST(EventLine, SaysWhereARedeliveryGoesAndItsDeliveryIsNamedSoFromThenOn) {
    DeliveryNames names;
    const auto line = [&](const char* type, const char* data) {
        EventView event;
        event.stream = "dlv_1";
        event.type = type;
        event.data = data;
        EventLine made = lineOf(event);
        names.nameOf(made);
        return made;
    };
    line("delivery_accepted", R"({"endpoint":"https://a.example:443","subject":"order 7"})");
    EXPECT_EQ(line("attempt_started", R"({"attempt":1})").endpoint, "https://a.example:443");
    const EventLine moved =
        line("redelivery_requested",
             R"({"round":2,"endpoint":"https://b.example:443","token_dropped":true,)"
             R"("previous_endpoint":"https://a.example:443"})");
    EXPECT_NE(moved.words.find("to https://b.example:443 in place of https://a.example:443"),
              std::string::npos)
        << moved.words;
    EXPECT_NE(moved.words.find("the token stays behind"), std::string::npos) << moved.words;
    EXPECT_EQ(line("attempt_started", R"({"attempt":2})").endpoint, "https://b.example:443");
}

TEST(EventLine, ReadsWhatItKnowsBesideNumbersOfAnySize) {
    EventView event;
    event.type = "attempt_failed";
    event.data = R"({"attempt":2,"detail":"\ud83d","odd":1e999,"odd":[[]],"round":1e999})";
    EXPECT_NE(lineOf(event).words.find("attempt 2"), std::string::npos);
}

TEST(EventLine, SurvivesDataThatIsNoJson) {
    EventView event;
    event.type = "attempt_failed";
    event.data = "{\"attempt\": \xFF";
    EXPECT_EQ(lineOf(event).label, "attempt failed");
    event.data = "[1,2]";
    EXPECT_EQ(lineOf(event).words, "");
}

OpenDelivery openDelivery(const std::string& payload) {
    DeliveryDetail detail;
    detail.delivery.id = "dlv_1";
    detail.delivery.url = "https://a.example/hook?x=it's";
    detail.delivery.content_type = "application/json";
    detail.attempts.emplace_back();
    detail.attempts[0].request_headers = {
        {"Host", "a.example"}, {"Authorization", "Bearer ********"}, {"webhook-id", "dlv_1"}};
    OpenDelivery open;
    open.id = "dlv_1";
    open.detail.value = std::make_shared<const DeliveryDetail>(detail);
    PayloadText text;
    text.bytes = makeBytes(payload);
    open.payload.value = std::make_shared<const PayloadText>(text);
    return open;
}

TEST(Evidence, WritesACurlCommandForAShell) {
    const std::string command = curlCommand(openDelivery(R"({"a":"it's"})"), "waybill");
    EXPECT_EQ(command.rfind("curl -X POST 'https://a.example/hook?x=it'\\''s'", 0), 0u) << command;
    EXPECT_NE(command.find("-H 'Authorization: Bearer TOKEN'"), std::string::npos);
    EXPECT_NE(command.find("-H 'webhook-id: dlv_1'"), std::string::npos);
    EXPECT_EQ(command.find("Host"), std::string::npos);
    EXPECT_NE(command.find(R"(--data-raw '{"a":"it'\''s"}')"), std::string::npos);
}

TEST(Evidence, ReadsABinaryPayloadWhereTheScreenDoes) {
    const std::string command =
        curlCommand(openDelivery(std::string("a\0b", 3)), "waybill --log /srv/x.db");
    EXPECT_EQ(command.rfind("waybill --log /srv/x.db payload dlv_1 |\ncurl ", 0), 0u) << command;
    EXPECT_NE(command.find("--data-binary @-"), std::string::npos);
}

TEST(ExportFile, IsThereWholeOrNotAtAll) {
    const std::string path = ::testing::TempDir() + "waybill-export-test.csv";
    std::remove(path.c_str());
    DeliveryView view;
    view.id = "dlv_1";
    view.subject = "=HYPERLINK(\"x\")";
    {
        ExportFile file(path, true);
        file.add(view);
    }
    EXPECT_FALSE(std::ifstream(path).good());
    {
        ExportFile file(path, true);
        file.add(view);
        file.finish();
    }
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    EXPECT_EQ(text.str(), csvHeader() + csvLine(view));
    EXPECT_NE(text.str().find("\"'=HYPERLINK(\"\"x\"\")\""), std::string::npos);
    std::remove(path.c_str());
}

TEST(Options, UnderstandsTheCommandLine) {
    const auto parsed = parseOptions({"--log", "x.db", "--size=800x600", "--view", "delivery",
                                      "--id", "dlv_1", "--scale", "1.5"});
    EXPECT_EQ(parsed.problem, "");
    EXPECT_EQ(parsed.options.log, "x.db");
    EXPECT_EQ(parsed.options.width, 800);
    EXPECT_FLOAT_EQ(parsed.options.scale, 1.5F);
}

TEST(Options, SaysWhatIsWrongWithIt) {
    EXPECT_NE(parseOptions({"--thme", "dark"}).problem.find("--theme"), std::string::npos);
    EXPECT_NE(parseOptions({"--size", "big"}).problem, "");
    EXPECT_NE(parseOptions({"--view", "nothing"}).problem, "");
    EXPECT_NE(parseOptions({"--view", "delivery"}).problem, "");
    EXPECT_NE(parseOptions({"--server"}).problem, "");
    EXPECT_NE(parseOptions({"--server", "x", "--log", "y"}).problem, "");
}

}  // namespace
}  // namespace waybill::gui
