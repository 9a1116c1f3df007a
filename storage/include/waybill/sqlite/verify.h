// Is this log what it says it is?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "waybill/bytes.h"

namespace waybill::sqlite {

struct VerifyOptions {
    std::string file{};
    std::optional<Digest> expect_head{};  ///< noted elsewhere: shows a log cut short at its end
};

/// One thing that is wrong, at the first place it shows.
struct Finding {
    std::uint64_t global_position = 0;  ///< 0: not about one event
    std::string stream{};
    std::uint64_t position = 0;
    std::string rule{};  ///< in words: what should hold and does not
};

struct VerifyReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    std::uint64_t payloads = 0;
    Digest head{};
    std::vector<Finding> findings{};  ///< empty: sound. At most 20
    bool sound() const { return findings.empty(); }
};

/// Checks positions without a gap, the chain of hashes, that every event may follow its stream,
/// that the derived tables hold exactly the fold of the events, that the index beside the log
/// (where there is one) holds what they hold, and that payloads have the digests the events name.
/// Reads only, in one snapshot, also while a daemon writes. Throws StoreUnavailable or ConfigError
/// when the file is no log that can be read.
VerifyReport verify(const VerifyOptions& options);

}  // namespace waybill::sqlite
