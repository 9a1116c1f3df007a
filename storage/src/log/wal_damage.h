// What lies in a write-ahead log behind the place where SQLite stops reading it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace waybill::sqlite {

/// A damaged place with transactions behind it that had been committed.
struct WalDamage {
    std::uint64_t frame = 0;    ///< 1 is the first one; 0: the header
    std::uint64_t commits = 0;  ///< from the damaged frame on, at least
};

/// SQLite reads a write-ahead log up to the last commit before the first frame that its running
/// checksum does not cover (https://www.sqlite.org/fileformat2.html#the_write_ahead_log), and takes
/// everything behind for what is left of a transaction that a power cut interrupted. That is true
/// as long as no later transaction lies there: a frame is written behind a commit only once that
/// commit is on the disk (`synchronous=FULL`, one writer). So the proof of damage is a commit at or
/// behind the bad frame and a frame that goes on from its checksum.
///
/// What is no proof: frames of another salt (the file was begun anew), frames of one transaction in
/// any order and with any sector missing (a power cut), and frames that a failed transaction left
/// behind a shorter one (none goes on from another's commit).
///
/// Nothing when there is no such proof, or no file. Reads the file once, a gigabyte in about a
/// second, through a descriptor of its own: SQLite locks nothing in this file. Throws
/// StoreUnavailable when it cannot be read.
std::optional<WalDamage> findWalDamage(const std::string& wal_file);

}  // namespace waybill::sqlite
