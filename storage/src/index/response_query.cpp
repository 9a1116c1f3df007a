#include "index/response_query.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace waybill::sqlite::index {

namespace {

std::uint64_t number(ResponseCode code) {
    return static_cast<std::uint64_t>(code);
}

}  // namespace

ResponseQuery::ResponseQuery(Database& log, const IndexMoment* moment, ResponseSelection selection)
    : log_(log), moment_(moment), selection_(std::move(selection)), rows_(log) {
    if (moment_) requireInIndex();
}

void ResponseQuery::requireInIndex() {
    scan_.emplace(moment_->index, moment_->newer);
    const auto requireBefore = [this](Column column, Timestamp time) {
        if (micros(time) == 0) return scan_->requireNothing();
        scan_->require({column, 0, micros(time) - 1});
    };
    scan_->require({Column::kStatus, number(selection_.codes[0]), number(selection_.codes[1])});
    scan_->require(Column::kClient, selection_.client);
    if (selection_.since) scan_->require({Column::kCreated, micros(*selection_.since)});
    if (selection_.until) requireBefore(Column::kCreated, *selection_.until);
    if (selection_.updated_before) requireBefore(Column::kUpdated, *selection_.updated_before);
}

bool ResponseQuery::matches(std::int64_t key) {
    bool matches = false;
    rows_.visit(key, [&](const ResponseRow& row) {
        matches = row.isIn(selection_.codes) &&
                  (selection_.client.empty() || selection_.client == row.client) &&
                  (!selection_.since || row.created >= micros(*selection_.since)) &&
                  (!selection_.until || row.created < micros(*selection_.until)) &&
                  (!selection_.updated_before || row.updated < micros(*selection_.updated_before));
    });
    return matches;
}

std::vector<std::int64_t> ResponseQuery::page(const KeyBounds& bounds, bool newest_first,
                                              std::size_t limit) {
    return moment_ ? pageOfIndex(bounds, newest_first, limit)
                   : pageOfTable(bounds, newest_first, limit);
}

std::vector<std::int64_t> ResponseQuery::pageOfIndex(const KeyBounds& bounds, bool newest_first,
                                                     std::size_t limit) {
    std::vector<std::int64_t> keys;
    for (const std::int64_t key : moment_->newer)
        if (bounds.hold(key) && matches(key)) keys.push_back(key);
    const std::size_t newer = keys.size();
    std::vector<BlockZones> blocks = scan_->blocks();
    if (newest_first) std::reverse(blocks.begin(), blocks.end());
    for (const BlockZones& block : blocks) {
        if (keys.size() >= newer + limit) break;
        if (!bounds.meet(block.block)) continue;
        scan_->rows(block.block).forEach([&](std::size_t row) {
            const std::int64_t key = block.block * kRows + static_cast<std::int64_t>(row);
            if (bounds.hold(key)) keys.push_back(key);
        });
    }
    newest_first ? std::sort(keys.begin(), keys.end(), std::greater<>())
                 : std::sort(keys.begin(), keys.end());
    if (keys.size() > limit) keys.resize(limit);
    return keys;
}

std::vector<std::int64_t> ResponseQuery::pageOfTable(const KeyBounds& bounds, bool newest_first,
                                                     std::size_t limit) {
    Statement all(log_, std::string("SELECT stream FROM derived_response WHERE stream > ?1 AND "
                                    "(?2 = 0 OR stream < ?2) ORDER BY stream") +
                            (newest_first ? " DESC" : ""));
    all.bind(1, bounds.after);
    all.bind(2, bounds.before);
    std::vector<std::int64_t> keys;
    Query query(all);
    while (keys.size() < limit && query.next()) {
        const std::int64_t key = all.integer(0);
        if (matches(key)) keys.push_back(key);
    }
    return keys;
}

std::uint64_t ResponseQuery::count() {
    if (!moment_) return pageOfTable({}, false, std::numeric_limits<std::size_t>::max()).size();
    std::uint64_t count = 0;
    for (const std::int64_t key : moment_->newer)
        count += matches(key) ? 1 : 0;
    for (const BlockZones& block : scan_->blocks())
        count += scan_->rows(block.block).count();
    return count;
}

}  // namespace waybill::sqlite::index
