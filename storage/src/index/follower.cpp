#include "index/follower.h"

#include <algorithm>

#include "log/transaction.h"

namespace waybill::sqlite::index {

namespace {

/// Pages; at 8 KiB each some 32 MB.
constexpr int kCheckpointFrames = 4096;

/// A corrected URL, or bytes that were erased.
bool changesTexts(std::string_view type, std::string_view data) {
    return type == "payload_erased" || (type == "redelivery_requested" &&
                                        data.find("\"url_digest\":") != std::string_view::npos);
}

/// Of an index that was just found to be one, or made.
IndexState ownState(Database& index) {
    auto state = readState(index);
    if (!state) throw SqliteError(SQLITE_CORRUPT, index.file() + ": it no longer says what it is");
    return *std::move(state);
}

int countFrames(void* frames, sqlite3*, const char*, int count) {
    *static_cast<int*>(frames) = count;
    return SQLITE_OK;
}

}  // namespace

Follower::Follower(const std::string& log_file)
    : log_(std::make_unique<Database>(log_file, OpenMode::kReadOnly)),
      index_(openForIndexing(indexFileOf(log_file), *log_)),
      identity_(identityOf(index_->file())),
      events_(*log_,
              "SELECT global_position, stream, type, recorded_at, data FROM event_log "
              "WHERE global_position > ?1 ORDER BY global_position LIMIT ?2"),
      rows_(*log_),
      responses_(*log_),
      names_(*index_),
      blocks_(*index_),
      texts_(*log_, *index_),
      figures_(*index_),
      streaks_(readStreaks(*index_)),
      state_(ownState(*index_)) {
    sqlite3_wal_hook(index_->handle(), countFrames, &frames_);
}

bool Follower::isInPlace() const {
    return identity_ && identityOf(index_->file()) == identity_;
}

std::size_t Follower::step() {
    const Snapshot snapshot(*log_);
    const Stretch stretch = read();
    if (stretch.events == 0) return 0;
    const std::int64_t newest_key = std::max(state_.newest_key, stretch.keys.back());

    Transaction transaction(*index_);
    const std::vector<KeyedEndpoint> endpoints = updateRows(stretch.keys);
    updateTexts(stretch, newest_key);
    count(stretch, endpoints);
    state_.position = stretch.position;
    state_.hash = hashAt(*log_, stretch.position);
    state_.newest_key = newest_key;
    writeState(*index_, state_);
    transaction.commit();
    checkpoint();
    return stretch.events;
}

Follower::Stretch Follower::read() {
    Stretch stretch;
    events_.bind(1, state_.position);
    events_.bind(2, std::uint64_t{kMostEvents});
    Query query(events_);
    while (query.next()) {
        ++stretch.events;
        stretch.position = events_.unsignedInteger(0);
        const std::int64_t key = events_.integer(1);
        const std::string_view type = events_.text(2);
        stretch.keys.push_back(key);
        const figures::Fact fact = figures::factOf(type);
        if (fact != figures::Fact::kNone) {
            stretch.counted.push_back(
                {key,
                 figures::readFacts(fact, stretch.position, Timestamp(Duration(events_.integer(3))),
                                    events_.text(4))});
        } else if (changesTexts(type, events_.text(4))) {
            stretch.other_texts.insert(key);
        }
    }
    std::sort(stretch.keys.begin(), stretch.keys.end());
    stretch.keys.erase(std::unique(stretch.keys.begin(), stretch.keys.end()), stretch.keys.end());
    return stretch;
}

std::vector<Follower::KeyedEndpoint> Follower::updateRows(const std::vector<std::int64_t>& keys) {
    std::vector<KeyedEndpoint> endpoints;
    endpoints.reserve(keys.size());
    for (auto key = keys.begin(); key != keys.end();) {
        const std::int64_t number = blockOf(*key);
        Block& block = blocks_.open(number);
        for (; key != keys.end() && blockOf(*key) == number; ++key) {
            const bool is_delivery = rows_.visit(*key, [&](const SourceRow& row) {
                const Values values = valuesOf(row);
                block.put(rowOf(*key), values);
                endpoints.push_back(
                    {*key, static_cast<std::int64_t>(at(values, Column::kEndpoint))});
            });
            if (is_delivery) continue;
            responses_.visit(
                *key, [&](const ResponseRow& row) { block.put(rowOf(*key), valuesOf(row)); });
        }
        blocks_.save();
    }
    return endpoints;
}

Values Follower::valuesOf(const SourceRow& row) {
    Values values{};
    at(values, Column::kStatus) = codeOf(row.status);
    at(values, Column::kReason) = row.reason ? codeOf(*row.reason) : 0;
    at(values, Column::kHttpStatus) = row.http_status.value_or(0);
    at(values, Column::kEndpoint) = static_cast<std::uint64_t>(names_.numberOf(row.endpoint));
    at(values, Column::kClient) = static_cast<std::uint64_t>(names_.numberOf(row.client));
    at(values, Column::kSubject) = hashOf(row.subject);
    at(values, Column::kCreated) = row.created;
    at(values, Column::kUpdated) = row.updated;
    at(values, Column::kNext) = row.next;
    return values;
}

Values Follower::valuesOf(const ResponseRow& row) {
    Values values{};
    at(values, Column::kStatus) = static_cast<std::uint64_t>(row.code);
    at(values, Column::kClient) = static_cast<std::uint64_t>(names_.numberOf(row.client));
    at(values, Column::kCreated) = row.created;
    at(values, Column::kUpdated) = row.updated;
    return values;
}

void Follower::updateTexts(const Stretch& stretch, std::int64_t newest_key) {
    const std::int64_t made = (state_.newest_key + 1) / kRunRows;
    std::set<std::int64_t> runs;
    for (const std::int64_t key : stretch.other_texts) {
        if (key / kRunRows < made) runs.insert(key / kRunRows);
    }
    for (std::int64_t run = made; run < (newest_key + 1) / kRunRows; ++run)
        runs.insert(run);
    for (const std::int64_t run : runs)
        texts_.make(run);
}

void Follower::count(const Stretch& stretch, const std::vector<KeyedEndpoint>& endpoints) {
    figures::Tally tally;
    std::set<figures::EndpointNumber> changed;
    for (const Line& line : stretch.counted) {
        const auto found =
            std::lower_bound(endpoints.begin(), endpoints.end(), line.key,
                             [](const KeyedEndpoint& a, std::int64_t key) { return a.key < key; });
        if (found == endpoints.end() || found->key != line.key) continue;
        tally.add(line.facts, found->endpoint);
        streaks_[found->endpoint].add(line.facts);
        changed.insert(found->endpoint);
    }
    figures_.add(tally);
    for (const figures::EndpointNumber endpoint : changed)
        figures_.put(endpoint, streaks_[endpoint]);
    if (tally.minutes().empty()) return;
    const figures::Minute newest = tally.minutes().rbegin()->first.first;
    if (newest < pruned_ + figures::kMinutesInHour) return;
    figures_.prune(newest);
    pruned_ = newest;
}

void Follower::checkpoint() {
    if (frames_ < kCheckpointFrames) return;
    // A failure shows at the next commit; what readers still need waits for the next time.
    sqlite3_wal_checkpoint_v2(index_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
    frames_ = 0;
}

}  // namespace waybill::sqlite::index
