// Does what is printed fit its terminal, and can nothing that strangers wrote steer it?
#include <gtest/gtest.h>

#include <sstream>

#include "cli/console.h"
#include "cli/table.h"

namespace waybill::cli {
namespace {

std::string printed(const Table& table, std::size_t width, bool colour = false) {
    std::ostringstream out;
    std::ostringstream err;
    Console console(out, err, width, colour);
    table.print(console);
    return out.str();
}

Table sample() {
    Table table({{.title = "ID"},
                 {.title = "AGE", .right = true},
                 {.title = "ENDPOINT", .shrinks_to = 10},
                 {.title = "CLIENT", .optional = 1}});
    table.add({{"dlv_1"}, {"5s"}, {"https://example.com:443"}, {"acme"}});
    table.add({{"dlv_22", Style::kBad}, {"12m"}, {"http://a:80"}, {""}});
    return table;
}

TEST(CliTable, AlignsColumnsAndEndsNoLineInSpaces) {
    EXPECT_EQ(printed(sample(), 0),
              "ID      AGE  ENDPOINT                 CLIENT\n"
              "dlv_1    5s  https://example.com:443  acme\n"
              "dlv_22  12m  http://a:80\n");
}

TEST(CliTable, ShortensWhatMayBeShortenedFirst) {
    EXPECT_EQ(printed(sample(), 36),
              "ID      AGE  ENDPOINT         CLIENT\n"
              "dlv_1    5s  https://exampl…  acme\n"
              "dlv_22  12m  http://a:80\n");
}

TEST(CliTable, LeavesOutWhatIsOptionalWhenThatIsNotEnoughAndGivesItsRoomToTheOthers) {
    EXPECT_EQ(printed(sample(), 24),
              "ID      AGE  ENDPOINT\n"
              "dlv_1    5s  https://ex…\n"
              "dlv_22  12m  http://a:80\n");
}

TEST(CliTable, LeavesOutTheLeastImportantFirst) {
    Table table({{.title = "ID"},
                 {.title = "ATTEMPTS", .right = true, .optional = 2},
                 {.title = "NEXT", .optional = 1},
                 {.title = "CLIENT", .optional = 2}});
    table.add({{"dlv_1"}, {"3"}, {"in 5s"}, {"acme"}});
    EXPECT_EQ(printed(table, 30), "ID     ATTEMPTS  NEXT   CLIENT\ndlv_1         3  in 5s  acme\n");
    EXPECT_EQ(printed(table, 29), "ID     ATTEMPTS  NEXT\ndlv_1         3  in 5s\n");
    EXPECT_EQ(printed(table, 20), "ID     NEXT\ndlv_1  in 5s\n");
    EXPECT_EQ(printed(table, 10), "ID\ndlv_1\n");
}

TEST(CliTable, KeepsTheEndThatTellsOneFromAnother) {
    Table table({{.title = "ENDPOINT", .shrinks_to = 12, .keep = Keep::kEnd},
                 {.title = "SUBJECT", .shrinks_to = 9, .keep = Keep::kBothEnds}});
    table.add({{"https://hooks.example.com:443"}, {"resp_01m81cw70k5edd8ra580v2058y"}});
    EXPECT_EQ(printed(table, 23), "ENDPOINT      SUBJECT\n…ple.com:443  resp…058y\n");
}

TEST(CliTable, AlignsWhatIsWrittenInWideCharacters) {
    Table table({{.title = "SUBJECT"}, {.title = "CLIENT"}});
    table.add({{"注文-42"}, {"acme"}});
    table.add({{"order-42"}, {"acme"}});
    EXPECT_EQ(printed(table, 0),
              "SUBJECT   CLIENT\n"
              "注文-42   acme\n"
              "order-42  acme\n");
}

TEST(CliTable, LeavesOutAnOptionalColumnWithNothingInIt) {
    Table table({{.title = "ID"}, {.title = "NEXT", .optional = 1}, {.title = "LAST"}});
    table.add({{"dlv_1"}, {""}, {""}});
    EXPECT_EQ(printed(table, 0), "ID     LAST\ndlv_1\n");
}

TEST(CliTable, ShowsWhatIsUnseenAsEscapesOfTheirWidth) {
    Table table({{.title = "SUBJECT"}, {.title = "CLIENT"}});
    table.add({{"\x1b[2J"}, {"a\nb"}});
    EXPECT_EQ(printed(table, 0),
              "SUBJECT    CLIENT\n"
              "\\u{1B}[2J  a\\u{0A}b\n");
}

TEST(CliTable, ColoursOnlyWhereThereIsColour) {
    EXPECT_EQ(printed(sample(), 0).find('\x1b'), std::string::npos);
    EXPECT_NE(printed(sample(), 0, true).find("\x1b[31mdlv_22\x1b[0m"), std::string::npos);
}

TEST(CliOutput, TextIsShortenedByColumnsNotBytes) {
    EXPECT_EQ(shortened("äöü", 3), "äöü");
    EXPECT_EQ(shortened("äöüß", 3), "äö…");
    EXPECT_EQ(shortened("abc", 0), "");
    EXPECT_EQ(shortened("注文の完了", 10), "注文の完了");
    EXPECT_EQ(shortened("注文の完了", 6), "注文…") << "half a character is none";
    EXPECT_EQ(columnsOf("e\u0301t\u00e9 🎉"), 6U) << "an accent of its own has no column";
    EXPECT_EQ(columnsOf("\xff\xC3"), 2U);
}

TEST(CliOutput, AParagraphBreaksBetweenWords) {
    std::ostringstream out;
    std::ostringstream err;
    Console console(out, err, 24, false);
    console.paragraph("The endpoint answered 503 Service Unavailable.", 2);
    EXPECT_EQ(out.str(), "  The endpoint answered\n  503 Service\n  Unavailable.\n");
}

}  // namespace
}  // namespace waybill::cli
