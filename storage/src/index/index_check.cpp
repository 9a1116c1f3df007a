#include "index/index_check.h"

#include <algorithm>
#include <string>

#include "index/block_store.h"
#include "index/names.h"
#include "index/row_source.h"

namespace waybill::sqlite::index {

namespace {

class IndexCheck {
public:
    IndexCheck(Database& log, const IndexMoment& moment)
        : log_(log),
          newer_(moment.newer),
          rows_(log),
          blocks_(moment.index),
          names_(readNames(moment.index)) {}

    /// The first delivery whose row is not what the log says; empty: none.
    std::string firstWrong() {
        Statement keys(log_, "SELECT stream FROM derived_delivery ORDER BY stream");
        Query query(keys);
        while (query.next()) {
            const std::int64_t key = keys.integer(0);
            if (std::binary_search(newer_.begin(), newer_.end(), key)) continue;
            const Values held = blocks_.open(blockOf(key)).get(rowOf(key));
            bool right = false;
            rows_.visit(key, [&](const SourceRow& row) { right = isRight(held, row); });
            if (!right) return rows_.idOf(key);
        }
        return {};
    }

private:
    bool isRight(const Values& held, const SourceRow& row) const {
        return at(held, Column::kStatus) == codeOf(row.status) &&
               at(held, Column::kReason) == (row.reason ? codeOf(*row.reason) : 0) &&
               at(held, Column::kHttpStatus) == row.http_status.value_or(0) &&
               isNamed(at(held, Column::kEndpoint), row.endpoint) &&
               isNamed(at(held, Column::kClient), row.client) &&
               at(held, Column::kSubject) == hashOf(row.subject) &&
               at(held, Column::kCreated) == row.created &&
               at(held, Column::kUpdated) == row.updated && at(held, Column::kNext) == row.next;
    }
    bool isNamed(std::uint64_t number, std::string_view name) const {
        const auto found = names_.find(static_cast<std::int64_t>(number));
        return found != names_.end() && found->second == name;
    }

    Database& log_;
    const Newer& newer_;
    RowSource rows_;
    BlockStore blocks_;
    const std::unordered_map<std::int64_t, std::string> names_;
};

}  // namespace

void checkIndex(Database& log, const IndexMoment& moment, Findings& findings) {
    const auto report = [&](const std::string& stream, const std::string& what) {
        findings.add({0, stream, 0,
                      "the index beside the log holds what the log says: " + what +
                          "; remove it, and the next start makes it anew"});
    };
    try {
        const std::string wrong = IndexCheck(log, moment).firstWrong();
        if (!wrong.empty()) report(wrong, "this delivery's row is another");
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        report({}, error.message());
    }
}

}  // namespace waybill::sqlite::index
