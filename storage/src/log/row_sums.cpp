#include "log/row_sums.h"

namespace waybill::sqlite {

const char* nameOf(Summed rows) {
    static constexpr const char* kNames[kSums] = {"open deliveries",  "open responses",
                                                  "paused endpoints", "open bulk redeliveries",
                                                  "responses",        "idempotency keys"};
    return kNames[static_cast<std::size_t>(rows)];
}

RowSums::RowSums(Database& database)
    : read_(database, "SELECT rows, digests FROM derived_sums WHERE name = ?1"),
      read_position_(database, "SELECT value FROM derived_state WHERE name = 'summed'"),
      write_(database,
             "INSERT OR REPLACE INTO derived_sums(name, rows, digests) VALUES(?1, ?2, ?3)"),
      write_position_(database,
                      "INSERT OR REPLACE INTO derived_state(name, value) VALUES('summed', ?1)") {}

std::optional<std::uint64_t> RowSums::read() {
    for (std::size_t i = 0; i < kSums; ++i) {
        read_.bindText(1, nameOf(static_cast<Summed>(i)));
        Query query(read_);
        if (!query.next()) return std::nullopt;
        committed_[i] = {read_.integer(0), static_cast<std::uint64_t>(read_.integer(1))};
    }
    Query query(read_position_);
    return query.next() ? std::optional(read_position_.unsignedInteger(0)) : std::nullopt;
}

void RowSums::write(std::uint64_t position) {
    for (std::size_t i = 0; i < kSums; ++i) {
        RowSum sum = committed_[i];
        sum += changes_[i];
        write_.bindText(1, nameOf(static_cast<Summed>(i)));
        write_.bind(2, sum.rows);
        write_.bind(3, static_cast<std::int64_t>(sum.digests));
        write_.run();
    }
    write_position_.bind(1, position);
    write_position_.run();
}

void RowSums::committed() {
    for (std::size_t i = 0; i < kSums; ++i)
        committed_[i] += changes_[i];
    changes_ = {};
}

}  // namespace waybill::sqlite
