// What a verification has found so far, and what it could not look into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "log/database.h"
#include "waybill/sqlite/verify.h"

namespace waybill::sqlite {

/// In the order in which they were found, up to a limit.
class Findings {
public:
    static constexpr std::size_t kMost = 20;

    void add(Finding finding) {
        if (!full()) found_.push_back(std::move(finding));
    }
    bool full() const { return found_.size() >= kMost; }
    std::size_t count() const { return found_.size(); }
    std::vector<Finding> take() { return std::move(found_); }

    /// Counts what nothing in the log can be held against; `what` completes "12 …".
    void leaveUnchecked(const std::string& what, std::uint64_t count = 1) {
        if (count != 0) unchecked_[what] += count;
    }
    std::vector<Unchecked> takeUnchecked() {
        std::vector<Unchecked> all;
        for (const auto& [what, count] : std::exchange(unchecked_, {}))
            all.push_back({what, count});
        return all;
    }

private:
    std::vector<Finding> found_;
    std::map<std::string, std::uint64_t> unchecked_;
};

/// That the file is damaged, or its schema is another, is a finding. Locks, a device that fails and
/// no memory say nothing about the file. One that keeps its readers busy would do so at each step.
inline bool isFinding(const SqliteError& error) {
    return !error.isBusy() && !error.isOfTheSystem() && !error.isEndless();
}

/// Calls `step`. Damage that it meets is a finding about that place and ends this step alone; false
/// then.
template <typename Step>
bool checked(Findings& findings, const Finding& place, Step step) {
    try {
        step();
        return true;
    } catch (const SqliteError& error) {
        if (!isFinding(error)) throw;
        Finding finding = place;
        finding.rule += error.message();
        findings.add(std::move(finding));
        return false;
    }
}

/// Calls `visit(row)`, which returns the row's key, for every row of a query that begins behind a
/// key (`?1`) and is ordered by it. Where the file cannot be read, says so and goes on behind that
/// place: with the next key, then in steps that double. Whether the last row was reached: not when
/// the findings are full, or when the end cannot be read.
template <typename Visit>
bool visitReadable(Database& database, const std::string& sql, const std::string& rule,
                   Findings& findings, Visit visit) {
    constexpr std::int64_t kLast = std::int64_t{1} << 62;
    std::int64_t after = 0;
    std::int64_t step = 0;
    while (!findings.full() && after < kLast) {
        Statement statement(database, sql);
        statement.bind(1, after);
        const Finding place{.rule = rule + (step == 0 ? ": " : "")};
        Findings once;
        bool at_end = false;
        const bool whole = checked(step == 0 ? findings : once, place, [&] {
            Query query(statement);
            while (!findings.full() && !(at_end = !query.next())) {
                after = visit(statement);
                step = 0;
            }
        });
        if (whole) return at_end;
        after += step;
        step = step == 0 ? 1 : 2 * step;
    }
    return false;
}

}  // namespace waybill::sqlite
