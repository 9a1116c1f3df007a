#include "index/text_filter.h"

#include <algorithm>

namespace waybill::sqlite::index {

namespace {

/// So many ids are found in a few milliseconds.
constexpr std::size_t kMostIds = 10'000;
constexpr std::uint64_t kFewRows = 1000;

/// The least text behind all that begin with `prefix`; empty where there is none.
std::string behind(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xFF')
        prefix.pop_back();
    if (!prefix.empty()) ++prefix.back();
    return prefix;
}

}  // namespace

TextFilter::TextFilter(Database& log, Database& index, RowSource& rows, std::string q)
    : rows_(rows),
      q_(std::move(q)),
      texts_(log, selectTexts()),
      blob_(index, "derived_text", Blob::Access::kRead) {
    findIds(log);
    readFences(index);
}

void TextFilter::findIds(Database& log) {
    const std::string end = behind(q_);
    // With two bounds SQLite reads nothing beyond them.
    Statement statement(log, std::string("SELECT stream FROM streams WHERE id >= ?1 ") +
                                 (end.empty() ? "" : "AND id < ?2 ") + "LIMIT " +
                                 std::to_string(kMostIds + 1));
    statement.bindText(1, q_);
    if (!end.empty()) statement.bindText(2, end);
    Query query(statement);
    while (query.next())
        ids_.push_back(statement.integer(0));
    many_ids_ = ids_.size() > kMostIds;
    if (many_ids_) ids_.clear();
    std::sort(ids_.begin(), ids_.end());
}

void TextFilter::readFences(Database& index) {
    Statement statement(index, "SELECT key, least, most FROM derived_text");
    Query query(statement);
    while (query.next()) {
        fences_.emplace(statement.integer(0),
                        Fence{std::string(statement.text(1)), std::string(statement.text(2))});
    }
}

const TextFilter::Fence& TextFilter::fenceOf(TextKind kind, std::int64_t run) const {
    const auto found = fences_.find(textKey(kind, run));
    if (found == fences_.end()) throw SqliteError(SQLITE_CORRUPT, "the index has lost a text");
    return found->second;
}

void TextFilter::narrow(std::int64_t block, Bits& bits) {
    Bits found;
    for (std::int64_t half = 0; half < kRows / kRunRows; ++half) {
        searchHalf(block * (kRows / kRunRows) + half, static_cast<std::size_t>(half * kRunRows),
                   bits, found);
    }
    bits.keep(found);
}

template <typename Matches>
void TextFilter::searchRows(std::int64_t run, std::size_t first_row, const Bits& asked, Bits& found,
                            Matches matches) {
    const std::size_t words = kRunRows / 64;
    for (std::size_t word = first_row / 64; word < first_row / 64 + words; ++word) {
        std::uint64_t rest = asked.word(word) & ~found.word(word);
        for (; rest != 0; rest &= rest - 1) {
            const std::size_t row = word * 64 + static_cast<std::size_t>(std::countr_zero(rest));
            const std::int64_t key = run * kRunRows + static_cast<std::int64_t>(row - first_row);
            if (matches(key)) found.set(row);
        }
    }
}

void TextFilter::searchHalf(std::int64_t run, std::size_t first_row, const Bits& asked,
                            Bits& found) {
    const auto matchesWhole = [&](std::int64_t key) {
        bool matches = false;
        rows_.visit(key, [&](const SourceRow& row) { matches = rows_.matchesText(q_, key, row); });
        return matches;
    };
    if (!fences_.contains(textKey(TextKind::kSubject, run))) {
        // One by one where they are few, else all in passing.
        if (asked.count() < kFewRows) return searchRows(run, first_row, asked, found, matchesWhole);
        return searchLog(run, first_row, found);
    }
    Bits candidates;
    searchRun(TextKind::kSubject, run, first_row, candidates);
    searchRun(TextKind::kUrl, run, first_row, candidates);
    if (q_.size() > kTextBytes) {
        candidates.keep(asked);
        searchRows(run, first_row, candidates, found, matchesWhole);
    } else {
        candidates.forEach([&](std::size_t row) { found.set(row); });
    }
    searchIds(run, first_row, asked, found);
}

void TextFilter::searchLog(std::int64_t run, std::size_t first_row, Bits& found) {
    const std::int64_t first = run * kRunRows;
    texts_.bind(1, first);
    texts_.bind(2, first + kRunRows);
    Query query(texts_);
    while (query.next()) {
        const bool matches = texts_.text(1).starts_with(q_) || texts_.text(2).starts_with(q_) ||
                             texts_.text(3).starts_with(q_);
        if (matches) found.set(first_row + static_cast<std::size_t>(texts_.integer(0) - first));
    }
}

void TextFilter::searchRun(TextKind kind, std::int64_t run, std::size_t first_row, Bits& found) {
    const Fence& fence = fenceOf(kind, run);
    if (!mayBegin(fence.least, fence.most, q_)) return;
    blob_.moveTo(textKey(kind, run));
    index::searchRun(blob_, q_, [&](std::uint16_t row) { found.set(first_row + row); });
}

void TextFilter::searchIds(std::int64_t run, std::size_t first_row, const Bits& asked,
                           Bits& found) {
    if (!many_ids_) {
        const std::int64_t first = run * kRunRows;
        for (auto id = std::lower_bound(ids_.begin(), ids_.end(), first);
             id != ids_.end() && *id < first + kRunRows; ++id) {
            found.set(first_row + static_cast<std::size_t>(*id - first));
        }
        return;
    }
    const Fence& fence = fenceOf(TextKind::kId, run);
    if (!mayBegin(fence.least, fence.most, q_)) return;
    // Ids go up with time, so this is nearly always all of a run or nothing.
    const bool all = fence.least.starts_with(q_) && fence.most.starts_with(q_);
    searchRows(run, first_row, asked, found,
               [&](std::int64_t key) { return all || rows_.idOf(key).starts_with(q_); });
}

}  // namespace waybill::sqlite::index
