// Do the daemon and the command line take and refuse the same?
#include "waybill/listing_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "cli/filter.h"
#include "operator/listing_query.h"
#include "operator/request_bodies.h"
#include "waybill/json_quote.h"

namespace waybill {
namespace {

constexpr Timestamp kNow = Timestamp(std::chrono::seconds(1'795'000'000));

const std::vector<std::string>& values() {
    static const std::vector<std::string> kValues = {"pending",
                                                     "attempting",
                                                     "delivered",
                                                     "failed",
                                                     "cancelled",
                                                     "none",
                                                     "Failed",
                                                     "lost",
                                                     "queued",
                                                     "in_progress",
                                                     "completed",
                                                     "incomplete",
                                                     "error",
                                                     "deleted",
                                                     "timeout",
                                                     "http_status",
                                                     "refused_address",
                                                     "local_fault",
                                                     "damaged",
                                                     "kaputt",
                                                     "0",
                                                     "99",
                                                     "100",
                                                     "404",
                                                     "599",
                                                     "600",
                                                     "700",
                                                     "999",
                                                     "1000",
                                                     "65636",
                                                     "-1",
                                                     "+5",
                                                     "5 ",
                                                     "4e2",
                                                     "https://example.com",
                                                     "HTTPS://Example.com:443/",
                                                     "example.com",
                                                     "ftp://x",
                                                     "2026-11-21T20:24:38Z",
                                                     "2026-11-21",
                                                     "2026-13-01T00:00:00Z",
                                                     "yesterday",
                                                     "acme",
                                                     "order 7",
                                                     "Zoë",
                                                     "100%",
                                                     "a,b=c"};
    return kValues;
}

std::string encoded(const std::string& text) {
    std::string out;
    for (const char c : text) {
        char hex[4];
        std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
        out += hex;
    }
    return out;
}

std::string optionOf(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
}

/// An option for every filter; the names live as long as the test.
const std::vector<cli::Option>& filterOptions() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> names;
        for (const std::string_view filter : deliveryFilterNames())
            names.push_back(optionOf(std::string(filter)));
        return names;
    }();
    static const std::vector<cli::Option> kOptions = [] {
        std::vector<cli::Option> options;
        for (const std::string& name : kNames)
            options.push_back({name, "VALUE", ""});
        return options;
    }();
    return kOptions;
}

Result<DeliveryFilter> typed(const std::string& name, const std::string& value) {
    const std::vector<std::string> words = {optionOf(name) + "=" + value};
    const auto arguments = cli::parseArguments(words, filterOptions());
    if (!arguments) return arguments.refusal();
    return cli::filterFrom(*arguments, kNow);
}

TEST(ListingRules, ForEveryFilterTheDaemonAndTheCommandLineAgree) {
    int refused = 0;
    for (const std::string_view each : deliveryFilterNames()) {
        const std::string name(each);
        for (const std::string& value : values()) {
            // How long ago is the command line's own word for a time.
            if ((name == "since" || name == "until") && parseDuration(value)) continue;
            const auto served = server::parseDeliveryListing(name + "=" + encoded(value),
                                                             server::allListingParameters());
            const auto asked = typed(name, value);
            ASSERT_EQ(served.ok(), asked.ok()) << name << '=' << value;
            refused += !served.ok();
            if (served.ok()) {
                EXPECT_EQ(served->filter, *asked) << name << '=' << value;
            }
            if (served.ok() || name == "http_status") continue;
            const std::string body = R"({"filter":{")" + name + "\":" + jsonQuote(value) + "}}";
            EXPECT_FALSE(server::parseBulkRequest(body, true).ok()) << body;
        }
    }
    EXPECT_GT(refused, 100);
}

TEST(ListingRules, AFilterThatIsGivenEmptyWidensNothing) {
    for (const std::string_view each : deliveryFilterNames()) {
        const std::string name(each);
        DeliveryFilter filter;
        const auto refusal = setFilter(filter, name, "");
        ASSERT_TRUE(refusal) << name;
        EXPECT_EQ(refusal->param, name);
        EXPECT_FALSE(typed(name, "").ok()) << name;
        const std::string body = R"({"all":true,"filter":{")" + name + R"(":""}})";
        EXPECT_FALSE(server::parseBulkRequest(body, true).ok()) << body;
    }
    for (const std::string_view each : responseFilterNames()) {
        ResponseFilter filter;
        EXPECT_TRUE(setFilter(filter, each, "")) << each;
    }
}

TEST(ListingRules, AFilterIsNoLongerThanWhatItIsComparedWith) {
    const std::vector<std::pair<const char*, std::size_t>> limits = {
        {"client", 256}, {"subject", 256}, {"endpoint", 2048}, {"q", 2048}};
    for (const auto& [name, most] : limits) {
        DeliveryFilter filter;
        EXPECT_FALSE(setFilter(filter, name, std::string(most, 'a'))) << name;
        const auto refusal = setFilter(filter, name, std::string(most + 1, 'a'));
        ASSERT_TRUE(refusal) << name;
        EXPECT_EQ(refusal->param, name);
        EXPECT_LT(refusal->message.size(), 200u);
    }
    ResponseFilter filter;
    EXPECT_TRUE(setFilter(filter, "client", std::string(257, 'a')));
}

TEST(ListingRules, AFilterIsUtf8SoThatItsJsonIsTheSameFilter) {
    for (const std::string_view name : {"client", "subject", "q", "endpoint"}) {
        DeliveryFilter filter;
        const auto refusal = setFilter(filter, name, "a\xEB");
        ASSERT_TRUE(refusal) << name;
        EXPECT_EQ(refusal->message, std::string(name) + " must be UTF-8; byte 2 is not.");
        EXPECT_FALSE(setFilter(filter, name, "a\xC3\xAB")) << name;
    }
}

TEST(ListingRules, ForEveryFilterOfResponsesTheyAgreeToo) {
    constexpr std::array<cli::Option, 4> kOptions = {
        {{"--status", "S", ""}, {"--client", "C", ""}, {"--since", "T", ""}, {"--until", "T", ""}}};
    for (const std::string_view each : responseFilterNames()) {
        const std::string name(each);
        for (const std::string& value : values()) {
            // How long ago is the command line's own word for a time.
            if ((name == "since" || name == "until") && parseDuration(value)) continue;
            const auto served = server::parseResponseListing(name + "=" + encoded(value));
            const std::vector<std::string> words = {"--" + name + "=" + value};
            const auto asked = cli::responseFilterFrom(*cli::parseArguments(words, kOptions), kNow);
            ASSERT_EQ(served.ok(), asked.ok()) << name << '=' << value;
            if (served.ok()) {
                EXPECT_EQ(served->filter, *asked) << name << '=' << value;
            }
        }
    }
}

TEST(ListingRules, HowLongAgoIsAPointOfTimeForTheDaemon) {
    EXPECT_EQ(*typed("since", "2h")->since, kNow - std::chrono::hours(2));
    EXPECT_FALSE(server::parseDeliveryListing("since=2h", server::allListingParameters()).ok());
}

TEST(ListingRules, TheWordsOfAFilterAreThoseThatEventsHave) {
    for (const std::string_view status : deliveryStatuses())
        EXPECT_TRUE(deliveryStatusFrom(status)) << status;
    for (const std::string_view reason : failureReasons())
        EXPECT_TRUE(failureReasonFrom(reason)) << reason;
    EXPECT_EQ(deliveryStatuses().size(), 5u);
    EXPECT_EQ(failureReasons().size(), 10u);
}

TEST(ListingRules, WindowsStepsAndRatesHaveBounds) {
    using std::chrono::days;
    using std::chrono::minutes;
    using std::chrono::seconds;
    EXPECT_FALSE(checkWindow(seconds(1), std::nullopt));
    EXPECT_TRUE(checkWindow(Duration::zero(), std::nullopt));
    EXPECT_FALSE(checkWindow(days(90), std::nullopt));
    EXPECT_TRUE(checkWindow(days(91), std::nullopt));
    EXPECT_EQ(checkWindow(days(1), seconds(30))->param, "step");
    EXPECT_EQ(checkWindow(days(90), minutes(1))->param, "step");
    EXPECT_FALSE(checkWindow(days(90), days(1)));
    for (const char* query : {"window=5m", "window=1s", "window=90d", ""})
        EXPECT_TRUE(server::parseWindow(query, true).ok()) << query;
    for (const char* query : {"window=91d", "window=0", "step=10s", "window=2d&step=1m", "step=0"})
        EXPECT_FALSE(server::parseWindow(query, true).ok()) << query;
    for (const double rate : {1.0 / 60, 1.0, 100'000.0})
        EXPECT_FALSE(checkRate(rate)) << rate;
    for (const double rate : {0.0, -1.0, 0.01, 100'001.0, 0.0 / 0.0, 1 / 0.0})
        EXPECT_TRUE(checkRate(rate)) << rate;
}

}  // namespace
}  // namespace waybill
