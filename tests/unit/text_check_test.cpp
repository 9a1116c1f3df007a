// Is a person's name recorded as it is written, and what could mislead a reader never?
#include "waybill/text_check.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <vector>

namespace waybill {
namespace {

/// A code point in UTF-8.
std::string utf8(char32_t c) {
    const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
    if (c < 0x80) return {static_cast<char>(c)};
    if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(c)};
    if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(c >> 6), tail(c)};
    return {static_cast<char>(0xF0 | (c >> 18)), tail(c >> 12), tail(c >> 6), tail(c)};
}

TEST(TextCheck, NamesOfPeopleAreTakenAsTheyAreWritten) {
    for (const char* name :
         {"kim", "Kim Lee", "Zoë Å. Ångström", "李小龍", "Иван Петров", "محمد", "נועה", "O'Neil",
          "Nguyễn Văn Á", "علی‌رضا", "👩‍🔧 on call", "100%", "a=b;c"})
        EXPECT_EQ(nameProblem(name), std::nullopt) << name;
}

TEST(TextCheck, EveryCharacterThatMisleadsIsRefusedByItsNumber) {
    std::vector<char32_t> refused = {0x061C, 0x200B, 0x200E, 0x200F,  0x2028, 0x2029,
                                     0x2060, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041};
    for (char32_t c = 0; c < 0x20; ++c)
        refused.push_back(c);
    for (char32_t c = 0x7F; c <= 0x9F; ++c)
        refused.push_back(c);
    for (char32_t c = 0x202A; c <= 0x202E; ++c)
        refused.push_back(c);
    for (char32_t c = 0x2066; c <= 0x206F; ++c)
        refused.push_back(c);
    for (const char32_t c : refused) {
        std::array<char, 16> number{};
        std::snprintf(number.data(), number.size(), "U+%04X ", static_cast<unsigned>(c));
        const auto problem = textProblem("kim" + utf8(c) + "lee", 100);
        ASSERT_TRUE(problem) << number.data();
        EXPECT_NE(problem->find(number.data()), std::string::npos) << *problem;
        EXPECT_NE(problem->find("byte 4"), std::string::npos) << *problem;
    }
    for (const char32_t c : {0xA0u, 0x200Cu, 0x200Du, 0x2027u, 0x2030u, 0x2070u, 0x1F600u})
        EXPECT_EQ(textProblem("kim" + utf8(c), 100), std::nullopt) << static_cast<unsigned>(c);
}

TEST(TextCheck, BrokenUtf8AndTooMuchAreRefused) {
    for (const char* text : {"kim\xff", "\xc3", "\xed\xa0\x80", "\xc0\xaf"})
        EXPECT_TRUE(textProblem(text, 100)) << text;
    EXPECT_EQ(nameProblem(std::string(128, 'x')), std::nullopt);
    EXPECT_TRUE(nameProblem(std::string(129, 'x')));
    EXPECT_TRUE(nameProblem(""));
    EXPECT_TRUE(nameProblem(" kim"));
    EXPECT_TRUE(nameProblem("kim "));
}

TEST(TextCheck, AnActorSaysWhatKindItIs) {
    for (const char* actor : {"engine", "operator:Kim Lee", "client:anonymous", "operator:a:b"})
        EXPECT_EQ(actorProblem(actor), std::nullopt) << actor;
    for (const char* actor : {"", "kim", "operator:", "client:", "operator: kim", "engine ",
                              "operator:x\nengine", "Operator:kim", "operator:a\xE2\x80\xAE"})
        EXPECT_TRUE(actorProblem(actor)) << actor;
}

}  // namespace
}  // namespace waybill
