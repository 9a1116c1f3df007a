// Keeps the index of a log, from which listings and figures are answered quickly.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "waybill/time.h"
#include "waybill/worker_thread.h"

namespace waybill::sqlite {

struct IndexerOptions {
    std::string directory = "waybill-data";  ///< the log's; the index is `index.db` in it
    /// How long it waits for more once it has caught up. What it has not got yet is answered from
    /// the log itself, so this trades work of the indexer for work of queries.
    Duration interval = std::chrono::milliseconds(250);
    /// Told of trouble when it begins or becomes another, on the indexer's thread; may be null.
    ProblemReport on_problem = nullptr;
};

/// One thread of low priority that follows a log through a read-only connection and writes what it
/// says into a second file, which nothing else depends on: without it every answer is the same, but
/// slower. The file is derived: it is made anew when it is missing, damaged, of another version or
/// another log. Only for the process that holds the log's lock, one for each log: it is the only
/// one that may write the index. Trouble with the file never reaches the log or the caller; it is
/// tried again, at growing intervals.
///
/// Construct it once the log is open; the destructor ends after the step in hand (some 50 ms).
class Indexer {
public:
    explicit Indexer(IndexerOptions options);
    ~Indexer();
    Indexer(const Indexer&) = delete;
    Indexer& operator=(const Indexer&) = delete;

    /// Global position of the newest event in the index. Any thread.
    std::uint64_t position() const;

    /// Waits until the index has got everything up to a global position; false when `timeout`
    /// passes first. Any thread.
    bool waitFor(std::uint64_t global_position, Duration timeout) const;

    /// What keeps it from its work, for a person; empty: nothing. Any thread.
    std::string problem() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::sqlite
