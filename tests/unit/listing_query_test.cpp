// Does a listing show what was asked for, and never more because of a typing error?
#include "operator/listing_query.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

std::string paramAtFault(std::string_view query) {
    const auto listing = parseDeliveryListing(query, allListingParameters());
    EXPECT_FALSE(listing.ok()) << query;
    return listing ? "" : listing.refusal().param;
}

TEST(ListingQuery, ReadsEveryFilter) {
    const auto listing = parseDeliveryListing(
        "status=failed&endpoint=https%3A%2F%2Fa%3A443&client=c&subject=s&reason=timeout&"
        "http_status=500&since=2026-11-21T20:24:38Z&until=2026-11-22T00:00:00Z&q=dlv&limit=7&"
        "cursor=x",
        allListingParameters());
    ASSERT_TRUE(listing.ok());
    EXPECT_EQ(listing->filter.status, "failed");
    EXPECT_EQ(listing->filter.endpoint, "https://a:443");
    EXPECT_EQ(listing->filter.reason, "timeout");
    EXPECT_EQ(listing->filter.http_status, 500);
    EXPECT_LT(*listing->filter.since, *listing->filter.until);
    EXPECT_EQ(listing->page.limit, 7U);
    EXPECT_EQ(listing->page.cursor, "x");
}

TEST(ListingQuery, AnEndpointIsFoundInEverySpelling) {
    for (const char* text : {"https://a:443", "https://a", "HTTPS://A:443/"})
        EXPECT_EQ(
            parseDeliveryListing("endpoint=" + std::string(text), {"endpoint"})->filter.endpoint,
            "https://a:443")
            << text;
    EXPECT_EQ(parseDeliveryListing("endpoint=a", {"endpoint"})->filter.endpoint, "a");
}

TEST(ListingQuery, NothingAskedIsTheFirstFifty) {
    const auto listing = parseDeliveryListing("status=", allListingParameters());
    ASSERT_TRUE(listing.ok());
    EXPECT_EQ(listing->filter.status, "");
    EXPECT_EQ(listing->page.limit, 50U);
}

TEST(ListingQuery, AWrongParameterIsNamed) {
    EXPECT_EQ(paramAtFault("stauts=failed"), "stauts");
    EXPECT_EQ(paramAtFault("status=broken"), "status");
    EXPECT_EQ(paramAtFault("status=none"), "status");
    EXPECT_EQ(paramAtFault("reason=bad"), "reason");
    EXPECT_EQ(paramAtFault("http_status=99"), "http_status");
    EXPECT_EQ(paramAtFault("limit=0"), "limit");
    EXPECT_EQ(paramAtFault("limit=501"), "limit");
    EXPECT_EQ(paramAtFault("since=yesterday"), "since");
    EXPECT_EQ(paramAtFault("status=failed&limit=5&status=pending"), "status");
    EXPECT_EQ(paramAtFault("q=%"), "");
    EXPECT_FALSE(parseDeliveryListing("client=other", {"subject", "status"}).ok());
    EXPECT_FALSE(parseEventListing("after=-1").ok());
    EXPECT_FALSE(parseEventListing("before=1").ok());
    EXPECT_FALSE(parseEventListing("after=1&after=2").ok());
    EXPECT_EQ(parseEventListing("limit=2", false).refusal().message,
              "There is no parameter limit here.");
    EXPECT_EQ(parseWindow("step=1m", false).refusal().message, "There is no parameter step here.");
    EXPECT_EQ(parseEventListing("after=5&limit=2")->after, 5U);
}

TEST(ListingQuery, ReadsWhichResponses) {
    const auto listing = parseResponseListing(
        "status=failed&client=acme&since=2026-11-21T20%3A00%3A00Z&until=&limit=7");
    ASSERT_TRUE(listing.ok());
    EXPECT_EQ(listing->filter.status, "failed");
    EXPECT_EQ(listing->filter.client, "acme");
    EXPECT_TRUE(listing->filter.since);
    EXPECT_FALSE(listing->filter.until);
    EXPECT_EQ(listing->page.limit, 7u);
    EXPECT_EQ(parseResponseListing("endpoint=x").refusal().param, "endpoint");
    EXPECT_EQ(parseResponseListing("limit=7", false).refusal().param, "limit");
    EXPECT_EQ(parsePageQuery("cursor=b7")->cursor, "b7");
    EXPECT_EQ(parsePageQuery("status=failed").refusal().param, "status");
}

TEST(ListingQuery, ReadsTheOrder) {
    const auto listing =
        parseDeliveryListing("order=next_attempt&reverse=true", allListingParameters());
    ASSERT_TRUE(listing.ok());
    EXPECT_EQ(listing->page.order, DeliveryOrder::kNextAttempt);
    EXPECT_TRUE(listing->page.reverse);
    EXPECT_EQ(paramAtFault("order=size"), "order");
    EXPECT_EQ(paramAtFault("reverse=yes"), "reverse");
}

TEST(ListingQuery, AWindowIsCutIntoSteps) {
    using namespace std::chrono_literals;
    EXPECT_EQ(parseWindow("", true)->window, 1h);
    EXPECT_EQ(parseWindow("window=2h", true)->step, 2min);
    EXPECT_EQ(parseWindow("window=1d&step=1h", true)->step, 1h);
    EXPECT_EQ(parseWindow("window=1d&step=1s", true).refusal().param, "step");
    EXPECT_EQ(parseWindow("step=1m", false).refusal().param, "step");
    EXPECT_EQ(parseWindow("window=0s", true).refusal().param, "window");
    EXPECT_EQ(parseWindow("window=400d", true).refusal().param, "window");
}

TEST(ListingQuery, APageSaysWhereTheNextBegins) {
    EXPECT_EQ(pageJson(Page<DeliveryView>{}), R"({"data":[],"next_cursor":null})");
    Page<EventView> page;
    page.data.resize(2);
    page.data[0].data = page.data[1].data = "{}";
    page.next_cursor = "2";
    const std::string json = pageJson(page);
    EXPECT_NE(json.find("},{"), std::string::npos);
    EXPECT_NE(json.find(R"("next_cursor":"2"})"), std::string::npos);
}

}  // namespace
}  // namespace waybill::server
