#include "index/index_check.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "audit/schema_check.h"
#include "index/block_store.h"
#include "index/figures_check.h"
#include "index/index_file.h"
#include "index/names.h"
#include "index/response_source.h"
#include "index/row_source.h"
#include "index/text_store.h"
#include "log/event_table.h"
#include "log/file_io.h"

namespace waybill::sqlite::index {

namespace {

class IndexCheck {
public:
    IndexCheck(Database& log, const IndexMoment& moment, const IndexState& state,
               Findings& findings)
        : log_(log),
          index_(moment.index),
          newer_(moment.newer),
          newest_key_(state.newest_key),
          findings_(findings),
          rows_(log),
          responses_(log),
          blocks_(moment.index),
          names_(readNames(moment.index)),
          find_zones_(moment.index, "SELECT zones FROM derived_block WHERE block = ?1"),
          find_text_(moment.index, "SELECT least, most, bytes FROM derived_text WHERE key = ?1"),
          texts_(log) {}

    void run() {
        const std::int64_t blocks = newest_key_ == 0 ? 0 : blockOf(newest_key_) + 1;
        for (std::int64_t block = 0; block < blocks && !findings_.full(); ++block)
            checkBlock(block);
        const std::int64_t runs = (newest_key_ + 1) / kRunRows;
        for (std::int64_t run = 0; run < runs && !findings_.full(); ++run)
            checkTexts(run);
        checkCount("derived_block", blocks);
        checkCount("derived_column", blocks * static_cast<std::int64_t>(kColumns));
        checkCount("derived_text", runs * static_cast<std::int64_t>(kTextKinds));
        checkNames();
    }

private:
    void report(const std::string& stream, const std::string& what) {
        findings_.add(
            {.stream = stream,
             .rule = "the index beside the log holds what the log says: " + what + kCure});
    }

    bool isNewer(std::int64_t key) const {
        return std::binary_search(newer_.begin(), newer_.end(), key);
    }

    void checkBlock(std::int64_t number) {
        Block& block = blocks_.open(number);
        std::vector<bool> has_row(static_cast<std::size_t>(kRows));
        checkRows("derived_delivery", rows_, number, block, has_row);
        checkRows("derived_response", responses_, number, block, has_row);
        for (std::size_t row = 0; row < has_row.size(); ++row) {
            const std::int64_t key = number * kRows + static_cast<std::int64_t>(row);
            if (!has_row[row] && !isNewer(key) && block.get(row) != Values{})
                return report(rows_.idOf(key), "a row belongs to no delivery and no response");
        }
        const Zones zones = block.zones();
        const std::string_view bytes(reinterpret_cast<const char*>(&zones), sizeof zones);
        find_zones_.bind(1, number);
        Query query(find_zones_);
        if (!query.next() || find_zones_.blob(0) != bytes)
            report({}, "what is known of block " + std::to_string(number) + " is another");
    }

    template <typename Source>
    void checkRows(const std::string& table, Source& source, std::int64_t number,
                   const Block& block, std::vector<bool>& has_row) {
        Statement keys(log_, "SELECT stream FROM " + table +
                                 " WHERE stream >= ?1 AND stream < ?2 ORDER BY stream");
        keys.bind(1, number * kRows);
        keys.bind(2, (number + 1) * kRows);
        Query query(keys);
        while (query.next()) {
            const std::int64_t key = keys.integer(0);
            has_row[rowOf(key)] = true;
            if (isNewer(key)) continue;
            bool right = false;
            source.visit(key,
                         [&](const auto& row) { right = isRight(block.get(rowOf(key)), row); });
            if (!right) return report(rows_.idOf(key), "the row of this stream is another");
        }
    }

    bool isRight(const Values& held, const ResponseRow& row) {
        Values expected{};
        at(expected, Column::kStatus) = static_cast<std::uint64_t>(row.code);
        at(expected, Column::kClient) = at(held, Column::kClient);
        at(expected, Column::kCreated) = row.created;
        at(expected, Column::kUpdated) = row.updated;
        return held == expected && isNamed(at(held, Column::kClient), row.client);
    }

    bool isRight(const Values& held, const SourceRow& row) {
        return at(held, Column::kStatus) == codeOf(row.status) &&
               at(held, Column::kReason) == (row.reason ? codeOf(*row.reason) : 0) &&
               at(held, Column::kHttpStatus) == row.http_status.value_or(0) &&
               isNamed(at(held, Column::kEndpoint), row.endpoint) &&
               isNamed(at(held, Column::kClient), row.client) &&
               at(held, Column::kSubject) == hashOf(row.subject) &&
               at(held, Column::kCreated) == row.created &&
               at(held, Column::kUpdated) == row.updated && at(held, Column::kNext) == row.next;
    }

    bool isNamed(std::uint64_t number, std::string_view name) {
        const auto found = names_.find(static_cast<std::int64_t>(number));
        if (found == names_.end() || found->second != name) return false;
        named_.insert(found->first);
        return true;
    }

    /// A run with a delivery that the log knows more of may have other texts by now.
    void checkTexts(std::int64_t run) {
        const auto newer = std::lower_bound(newer_.begin(), newer_.end(), run * kRunRows);
        const bool is_older = newer != newer_.end() && *newer < (run + 1) * kRunRows;
        const EncodedTexts texts = texts_.encode(run);
        const auto check = [&](TextKind kind, const EncodedRun& expected) {
            find_text_.bind(1, textKey(kind, run));
            Query query(find_text_);
            const bool right = query.next() && find_text_.text(0) == expected.least &&
                               find_text_.text(1) == expected.most &&
                               find_text_.blob(2) == expected.bytes;
            if (right) return;
            if (is_older) return findings_.leaveUnchecked("texts in the index older than the log");
            report({}, "the texts of block " + std::to_string(run) + " are others");
        };
        check(TextKind::kSubject, texts.subjects);
        check(TextKind::kUrl, texts.urls);
        check(TextKind::kId, texts.ids);
    }

    void checkCount(const std::string& table, std::int64_t expected) {
        const std::int64_t rows = index_.number("SELECT count(1) FROM " + table);
        if (rows == expected) return;
        report({}, table + " has " + std::to_string(rows) + " rows instead of " +
                       std::to_string(expected));
    }

    /// Numbers 1, 2, 3 …; a name that no row has now is one that an event has: of an endpoint that
    /// a corrected URL has left.
    void checkNames() {
        std::unordered_set<std::string> left;
        for (const auto& [number, name] : names_) {
            if (number < 1 || number > static_cast<std::int64_t>(names_.size()))
                report({}, "a name has the number " + std::to_string(number));
            if (!named_.contains(number)) left.insert(name);
        }
        if (left.empty()) return;
        Statement events(log_,
                         "SELECT DISTINCT " + inData("data", "endpoint") + ", " +
                             inData("data", "client") +
                             " FROM event_log WHERE type IN "
                             "('delivery_accepted', 'redelivery_requested', 'response_created')");
        Query query(events);
        while (!left.empty() && query.next()) {
            left.erase(std::string(events.text(0)));
            left.erase(std::string(events.text(1)));
        }
        if (!left.empty()) report({}, "a name is none of an endpoint or a client");
    }

    Database& log_;
    Database& index_;
    const Newer& newer_;
    const std::int64_t newest_key_;
    Findings& findings_;
    RowSource rows_;
    ResponseSource responses_;
    BlockStore blocks_;
    const std::unordered_map<std::int64_t, std::string> names_;
    Statement find_zones_;
    Statement find_text_;
    TextSource texts_;
    std::unordered_set<std::int64_t> named_;
};

/// Readers make no use of it, so it can mislead nobody; it is told all the same.
void tellUnused(Database& log, const std::string& file, Findings& findings) {
    const Finding damaged{.rule =
                              "the index beside the log can be read" + std::string(kCure) + ": "};
    checked(findings, damaged, [&] {
        Database index(file, log.isImmutable() ? OpenMode::kImmutable : OpenMode::kReadOnly);
        const std::string problem = problemOfTables(index, indexSchema());
        if (!problem.empty()) return findings.add({.rule = damaged.rule + problem});
        const auto state = readState(index);
        const bool is_ours = state && belongsTo(*state, log);
        findings.leaveUnchecked(is_ours ? "index that is too far behind the log to be used"
                                        : "index of another version or another log, not used");
    });
}

}  // namespace

void checkIndex(Database& log, const std::string& log_file, const IndexMoment* moment,
                Findings& findings) {
    const std::string file = indexFileOf(log_file);
    if (moment == nullptr) {
        if (exists(file)) tellUnused(log, file, findings);
        return;
    }
    checkPages(moment->index, "the index beside the log", findings);
    checkSchema(moment->index,
                {"", indexSchema(), std::string(" in the index beside the log") + kCure}, findings);
    const Finding place{.rule = std::string("the index beside the log can be read") + kCure + ": "};
    checked(findings, place, [&] {
        const auto state = readState(moment->index);
        if (!state) return;
        IndexCheck(log, *moment, *state, findings).run();
        checkFigures(log, *moment, *state, findings);
    });
}

}  // namespace waybill::sqlite::index
