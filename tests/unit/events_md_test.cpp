// Does core/EVENTS.md say what the code does? Every cell of its state tables and every key of its
// vocabulary is compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "support/fold_cases.h"
#include "support/sample_events.h"
#include "waybill/errors.h"
#include "waybill/event_codec.h"

namespace waybill::test {
namespace {

std::string readSource(const std::string& path) {
    std::ifstream file(std::string(WAYBILL_SOURCE_DIR) + "/" + path);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(' ');
    if (from == std::string::npos) return "";
    return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

std::string withoutBackticks(std::string text) {
    std::erase(text, '`');
    return text;
}

// ---- the tables of the page

using Cells = std::vector<std::string>;

struct Table {
    std::string section;  ///< the heading it stands under
    Cells columns;
    std::vector<Cells> rows;
};

Cells cellsOf(const std::string& line) {
    Cells cells;
    std::istringstream in(line.substr(1));
    for (std::string cell; std::getline(in, cell, '|');)
        cells.push_back(trimmed(cell));
    return cells;
}

std::vector<Table> tablesOf(const std::string& markdown) {
    std::vector<Table> tables;
    std::istringstream in(markdown);
    std::string section;
    bool in_table = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('#')) section = trimmed(line.substr(line.find(' ')));
        if (!line.starts_with('|')) {
            in_table = false;
        } else if (!in_table) {
            tables.push_back({section, cellsOf(line), {}});
            in_table = true;
        } else if (!line.starts_with("| ---")) {
            tables.back().rows.push_back(cellsOf(line));
        }
    }
    return tables;
}

std::vector<Table> tablesUnder(const std::string& section) {
    std::vector<Table> tables = tablesOf(readSource("core/EVENTS.md"));
    std::erase_if(tables, [&](const Table& table) { return table.section != section; });
    EXPECT_FALSE(tables.empty()) << "no table under " << section;
    return tables;
}

// ---- states

/// Where an event leads, in the words of the page.
template <typename State>
std::string cellFor(const State& before, const Event& event) {
    try {
        return nameOf(fold(before, nextEvent(before, event)));
    } catch (const CorruptLog&) {
        return "✗";
    }
}

/// The table's rows, with `any other` replaced by the events that no row names.
std::vector<Cells> expandedRows(const Table& table) {
    std::vector<Cells> rows;
    std::set<std::string> named;
    for (const Cells& row : table.rows) {
        if (row[0] == "any other") continue;
        rows.push_back(row);
        rows.back()[0] = withoutBackticks(row[0]);
        named.insert(rows.back()[0].substr(0, rows.back()[0].find(' ')));
    }
    const auto other = std::find_if(table.rows.begin(), table.rows.end(),
                                    [](const Cells& row) { return row[0] == "any other"; });
    EXPECT_NE(other, table.rows.end()) << "some events have no row";
    if (other == table.rows.end()) return rows;
    for (const std::string& type : allEventTypes()) {
        if (named.contains(type)) continue;
        rows.push_back(*other);
        rows.back()[0] = type;
    }
    return rows;
}

template <typename State>
void compareWithFold(const std::string& section, std::size_t expected_cells) {
    std::size_t cells = 0;
    for (const Table& table : tablesUnder(section)) {
        ASSERT_EQ(table.columns[0], "event");
        for (const Cells& row : expandedRows(table)) {
            ASSERT_EQ(row.size(), table.columns.size()) << row[0];
            for (std::size_t i = 1; i < row.size(); ++i) {
                const auto before = stateIn<State>(table.columns[i]);
                ASSERT_EQ(nameOf(before), table.columns[i]);
                EXPECT_EQ(row[i], cellFor(before, eventFor(row[0], before)))
                    << row[0] << " after " << table.columns[i];
                ++cells;
            }
        }
    }
    EXPECT_EQ(cells, expected_cells);
}

TEST(EventsMd, TheTableOfADeliveryIsItsFold) {
    // 10 rows and 15 other events, for 7 states and for 4 with the payload erased
    compareWithFold<Delivery>("The states of a delivery", (10 + 15) * (7 + 4));
}

TEST(EventsMd, TheTableOfAResponseIsItsFold) {
    compareWithFold<Response>("The states of a response", (8 + 17) * 9);
}

TEST(EventsMd, TheTableOfAnEndpointIsItsFold) {
    compareWithFold<EndpointState>("The states of an endpoint", 23 * 2);
}

TEST(EventsMd, TheTableOfABulkRedeliveryIsItsFold) {
    compareWithFold<BulkRedelivery>("The states of a bulk re-delivery", 23 * 4);
}

// ---- vocabulary

/// `policy.max_retries` … of a data object, in the order they are written. JSON in JSON is one
/// value.
void appendKeys(const nlohmann::ordered_json& object, const std::string& prefix, Cells& keys) {
    for (const auto& [key, value] : object.items()) {
        if (value.is_object() && key != "filter" && key != "state") {
            appendKeys(value, prefix + key + ".", keys);
        } else {
            keys.push_back(prefix + key);
        }
    }
}

Cells keysOf(const Event& event) {
    Cells keys;
    appendKeys(nlohmann::ordered_json::parse(encodeData(event)), "", keys);
    return keys;
}

/// The data cell of each event.
std::map<std::string, Cells> documentedKeys() {
    std::map<std::string, Cells> documented;
    for (const Table& table : tablesOf(readSource("core/EVENTS.md"))) {
        if (table.columns != Cells{"event", "said when", "data"}) continue;
        for (const Cells& row : table.rows) {
            std::istringstream in(withoutBackticks(row[2]));
            const auto [entry, is_new] = documented.emplace(
                withoutBackticks(row[0]), Cells{std::istream_iterator<std::string>(in), {}});
            EXPECT_TRUE(is_new) << row[0] << " is explained twice";
        }
    }
    return documented;
}

TEST(EventsMd, TheVocabularyNamesEveryEventAndEveryKey) {
    const auto documented = documentedKeys();
    EXPECT_EQ(documented.size(), fullEvents().size());
    for (const Event& event : fullEvents()) {
        const std::string type(typeName(event));
        ASSERT_TRUE(documented.contains(type)) << type;
        Cells all;
        Cells required;
        for (std::string key : documented.at(type)) {
            const bool optional = key.ends_with('?');
            if (optional) key.pop_back();
            all.push_back(key);
            if (!optional) required.push_back(key);
        }
        EXPECT_EQ(all, keysOf(event)) << type << " with everything set";
        EXPECT_EQ(required, keysOf(emptyEvent(type))) << type << " with nothing set";
    }
}

// ---- rules

/// Every rule that a fold can name, as it stands in the sources.
std::set<std::string> rulesInSources() {
    std::set<std::string> rules;
    const std::regex joint(R"re("\s*")re");
    const std::regex rule(
        R"re((?:require|requireRule)\([^;{"]*"([^"]+)"|breaks the rule: ([^"]+)")re");
    for (const char* file : {"bulk_redelivery.cpp", "delivery.cpp", "endpoint.cpp", "fold_rules.h",
                             "response.cpp", "stream_state.cpp"}) {
        const std::string source =
            std::regex_replace(readSource(std::string("core/src/domain/") + file), joint, "");
        for (std::sregex_iterator found(source.begin(), source.end(), rule), end; found != end;
             ++found) {
            rules.insert((*found)[1].matched ? (*found)[1] : (*found)[2]);
        }
    }
    return rules;
}

TEST(EventsMd, EveryRuleStandsOnThePage) {
    std::set<std::string> listed;
    std::istringstream in(readSource("core/EVENTS.md"));
    std::string section;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("## ")) section = line;
        if (line.starts_with("And of the engine")) break;
        if (section == "## What is always true" && line.starts_with("- ")) {
            listed.insert(line.substr(2));
        }
    }
    EXPECT_GT(listed.size(), 30u);
    EXPECT_EQ(listed, rulesInSources());
}

}  // namespace
}  // namespace waybill::test
