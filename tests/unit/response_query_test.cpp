// Is a stored object asked for as was meant, or is it said why not?
#include "llm/response_query.h"

#include <gtest/gtest.h>

namespace waybill::server {
namespace {

std::string paramOf(std::string_view query) {
    const auto parsed = parseResponseQuery(query);
    return parsed ? "fine" : parsed.refusal().param;
}

TEST(ResponseQuery, SaysWhetherAndFromWhereToStream) {
    EXPECT_FALSE(parseResponseQuery("").value().stream);
    EXPECT_FALSE(parseResponseQuery("stream=false").value().stream);
    const ResponseQuery query =
        parseResponseQuery(
            "stream=true&starting_after=7&include[]=a&include%5B%5D=b&include=c&"
            "include_obfuscation=false")
            .value();
    EXPECT_TRUE(query.stream);
    EXPECT_EQ(query.starting_after, 7);
    EXPECT_FALSE(parseResponseQuery("stream=true").value().starting_after);
}

TEST(ResponseQuery, WhatIsUnknownTwiceOrWrongIsRefusedByName) {
    EXPECT_EQ(paramOf("steam=true"), "steam");
    EXPECT_EQ(paramOf("stream"), "stream");
    EXPECT_EQ(paramOf("stream=maybe"), "stream");
    EXPECT_EQ(paramOf("stream=True"), "stream");
    EXPECT_EQ(paramOf("stream=true&stream=true"), "stream");
    for (const char* number : {"", "-1", "+1", "1.5", "x", "99999999999999999999", "1 "})
        EXPECT_EQ(paramOf("starting_after=" + std::string(number)), "starting_after") << number;
    EXPECT_EQ(paramOf("include_obfuscation=1"), "include_obfuscation");
    EXPECT_FALSE(parseResponseQuery("stream=%zz"));
}

TEST(ResponseQuery, ARouteWithoutParametersTakesNone) {
    EXPECT_FALSE(refusalOfQuery(""));
    EXPECT_FALSE(refusalOfQuery("&"));
    EXPECT_EQ(refusalOfQuery("force=true")->param, "force");
    EXPECT_TRUE(refusalOfQuery("%zz"));
}

}  // namespace
}  // namespace waybill::server
