#include "index/index_check.h"

#include <algorithm>
#include <string>

#include "index/block_store.h"
#include "index/names.h"
#include "index/response_source.h"
#include "index/row_source.h"

namespace waybill::sqlite::index {

namespace {

class IndexCheck {
public:
    IndexCheck(Database& log, const IndexMoment& moment)
        : log_(log),
          newer_(moment.newer),
          rows_(log),
          responses_(log),
          blocks_(moment.index),
          names_(readNames(moment.index)) {}

    /// The first delivery or response whose row is not what the log says; empty: none.
    std::string firstWrong() {
        const std::string delivery = firstWrongOf("derived_delivery", rows_);
        return delivery.empty() ? firstWrongOf("derived_response", responses_) : delivery;
    }

private:
    template <typename Source>
    std::string firstWrongOf(const std::string& table, Source& source) {
        Statement keys(log_, "SELECT stream FROM " + table + " ORDER BY stream");
        Query query(keys);
        while (query.next()) {
            const std::int64_t key = keys.integer(0);
            if (std::binary_search(newer_.begin(), newer_.end(), key)) continue;
            const Values held = blocks_.open(blockOf(key)).get(rowOf(key));
            bool right = false;
            source.visit(key, [&](const auto& row) { right = isRight(held, row); });
            if (!right) return rows_.idOf(key);
        }
        return {};
    }

    bool isRight(const Values& held, const ResponseRow& row) const {
        return at(held, Column::kStatus) == static_cast<std::uint64_t>(row.code) &&
               isNamed(at(held, Column::kClient), row.client) &&
               at(held, Column::kCreated) == row.created &&
               at(held, Column::kUpdated) == row.updated;
    }
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
    ResponseSource responses_;
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
        if (!wrong.empty()) report(wrong, "the row of this stream is another");
    } catch (const SqliteError& error) {
        if (!error.isDamage()) throw;
        report({}, error.message());
    }
}

}  // namespace waybill::sqlite::index
