// Brings an index up to its log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "figures/event_facts.h"
#include "figures/tally.h"
#include "index/block_store.h"
#include "index/figure_store.h"
#include "index/index_file.h"
#include "index/names.h"
#include "index/response_source.h"
#include "index/row_source.h"
#include "index/text_store.h"
#include "log/database.h"
#include "log/file_io.h"

namespace waybill::sqlite::index {

/// Reads what the log has grown by and writes what that means for listings and figures: one step,
/// one transaction, so that the index always is what it says it is up to its position. The only
/// connection that writes or checkpoints the index. One thread. When a call throws, the object must
/// not be used again.
class Follower {
public:
    /// Makes the index where there is none that can be used.
    explicit Follower(const std::string& log_file);

    /// At most so many events at once: a step holds a read transaction on the log.
    static constexpr std::size_t kMostEvents = 16384;

    /// How many events it took in; fewer than kMostEvents: the end of the log is reached.
    std::size_t step();

    std::uint64_t position() const { return state_.position; }

    /// Whether the name of the index still leads to the file that is written here. A rebuild of the
    /// derived tables removes that file.
    bool isInPlace() const;

private:
    struct Line {
        std::int64_t key = 0;
        figures::EventFacts facts;
    };
    /// What a stretch of the log says.
    struct Stretch {
        std::vector<Line> counted;
        std::vector<std::int64_t> keys;      ///< of all streams in it; sorted, each once
        std::set<std::int64_t> other_texts;  ///< keys whose URL may be another now, or gone
        std::uint64_t position = 0;
        std::size_t events = 0;
    };
    struct KeyedEndpoint {
        std::int64_t key = 0;
        std::int64_t endpoint = 0;
    };

    Stretch read();
    std::vector<KeyedEndpoint> updateRows(const std::vector<std::int64_t>& keys);
    Values valuesOf(const SourceRow& row);
    Values valuesOf(const ResponseRow& row);
    void updateTexts(const Stretch& stretch, std::int64_t newest_key);
    void count(const Stretch& stretch, const std::vector<KeyedEndpoint>& endpoints);
    void checkpoint();

    std::unique_ptr<Database> log_;
    std::unique_ptr<Database> index_;
    std::optional<FileIdentity> identity_;  ///< of the index
    Statement events_;
    RowSource rows_;
    ResponseSource responses_;
    Names names_;
    BlockStore blocks_;
    TextStore texts_;
    FigureStore figures_;
    Streaks streaks_;
    IndexState state_;
    figures::Minute pruned_ = 0;
    int frames_ = 0;  ///< in the index's write-ahead log
};

}  // namespace waybill::sqlite::index
