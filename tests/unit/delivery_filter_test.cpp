// A filter as text: in requests, and in the log.
#include <gtest/gtest.h>

#include <chrono>

#include <nlohmann/json.hpp>
#include "waybill/admin_api.h"

namespace waybill {
namespace {

DeliveryFilter everyMember() {
    DeliveryFilter filter;
    filter.status = "failed";
    filter.endpoint = "https://example.com:443";
    filter.client = "acme";
    filter.subject = "order/1";
    filter.reason = "http_status";
    filter.http_status = 503;
    filter.since = Timestamp(std::chrono::hours(500'000));
    filter.until = Timestamp(std::chrono::hours(500'001));
    filter.q = "dlv_";
    return filter;
}

TEST(DeliveryFilter, ComesBackFromItsText) {
    EXPECT_EQ(deliveryFilterFromJson(toJson(everyMember())), everyMember());
    EXPECT_TRUE(isEmpty(deliveryFilterFromJson(toJson(DeliveryFilter()))));
}

TEST(DeliveryFilter, IsTheSameTextWrittenOrReadFromTheLog) {
    // The log's reader dumps a parsed filter; a check of the log compares that with what was kept.
    const std::string text = toJson(everyMember());
    EXPECT_EQ(nlohmann::json::parse(text).dump(), text);
}

}  // namespace
}  // namespace waybill
