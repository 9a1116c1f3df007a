#include "waybill/sqlite/log.h"

#include <memory>
#include <utility>

#include "log/data_directory.h"
#include "log/file_io.h"
#include "log/head_file.h"
#include "log/lock_file.h"
#include "log/lock_holders.h"
#include "log/log_place.h"
#include "log/writer.h"
#include "waybill/clock.h"

namespace waybill::sqlite {

namespace {

constexpr std::size_t kLogIdBytes = 16;

std::string randomLogId(Entropy& entropy) {
    std::uint8_t bytes[kLogIdBytes];
    entropy.fill(bytes);
    static constexpr char kHex[] = "0123456789abcdef";
    std::string id;
    for (const std::uint8_t byte : bytes) {
        id += kHex[byte >> 4];
        id += kHex[byte & 15];
    }
    return id;
}

std::string inTheWay(const std::string& database) {
    const std::string others = whoLocks(database);
    return database + " is locked by " + (others.empty() ? "another program" : others) +
           ", which keeps writers out: end that, or its transaction";
}

/// Calls `attempt` until no lock of another program is in its way.
template <typename Attempt>
auto whenUnlocked(const LogOptions& options, const DataDirectory& files, Attempt attempt) {
    while (true) {
        try {
            return attempt();
        } catch (const SqliteError& error) {
            if (!error.isBusy()) throw;
            const std::string problem = inTheWay(files.database);
            if (!options.on_locked || !options.on_locked(problem)) throw StoreUnavailable(problem);
        }
    }
}

class SqliteLog : public EventLog {
public:
    SqliteLog(const LogOptions& options, DataDirectory files, std::unique_ptr<LockFile> lock,
              std::unique_ptr<SecretBox> box, std::unique_ptr<Writer> writer)
        : options_(options),
          files_(std::move(files)),
          lock_(std::move(lock)),
          box_(std::move(box)),
          writer_(std::move(writer)),
          place_(files_.database, files_.lock, lock_->identity()),
          log_id_(writer_->logId()),
          acknowledged_(files_.head, writer_->known(), options_.on_notice) {}

    ~SqliteLog() override {
        const bool in_place = (writer_ ? place_.problem() : place_.problemOfDatabase()).empty();
        if (in_place) acknowledged_.write(true);
        if (writer_ && in_place) writer_->finish();
        if (writer_ && !in_place) writer_->giveUp();
    }

    std::string logId() const override { return log_id_; }
    LogHead head() const override { return writer().head(); }

    LogHead append(Batch& batch, const LogHead& expected_head) override {
        Writer& writer = this->writer();
        LogHead head;
        try {
            head = writer.append(batch, expected_head);
        } catch (const StoreIndeterminate&) {
            // SQLite would remove the side files by name, whatever file lies there now.
            if (!place_.problem().empty()) writer_->giveUp();
            writer_.reset();
            throw;
        }
        // Looked at afterwards: what was written before the name was lost is on the disk under it.
        const std::string problem = lossOfPlace();
        if (!problem.empty()) throw StoreIndeterminate(problem);
        place_seen_ = true;
        if (!batch.empty()) acknowledged_.take(head, batch.back().recorded.recorded_at);
        return head;
    }

    void reopen() override {
        const std::string problem = writer_ ? place_.problem() : place_.problemOfDatabase();
        if (!problem.empty()) throw StoreUnavailable(problem);
        writer_.reset();
        try {
            checkLogAgain(files_.database, acknowledged_.known(), options_.lock_timeout,
                          options_.on_notice);
            auto writer = std::make_unique<Writer>(files_.database, options_, *box_, difference_);
            if (writer->logId() != log_id_) {
                throw StoreUnavailable(files_.database + " is another log than before");
            }
            writer_ = std::move(writer);
            acknowledged_.take(writer_->known());
            difference_.clear();
        } catch (const SqliteError& error) {
            if (error.isBusy()) throw StoreUnavailable(inTheWay(files_.database));
            throw;
        }
        place_.takeSideFiles();
        lost_place_.clear();
    }

    void maintain(bool busy) override {
        if (!writer_ || !lost_place_.empty()) return;
        if (!std::exchange(place_seen_, false)) {
            const std::string problem = lossOfPlace();
            if (!problem.empty()) throw StoreUnavailable(problem);
        }
        const bool made_checkpoint = writer_->maintain(busy);
        acknowledged_.maintain(made_checkpoint, busy);
    }

    std::vector<RecordedEvent> readStream(const StreamId& stream) const override {
        return writer().events().readStream(stream);
    }
    std::uint64_t streamPosition(const StreamId& stream) const override {
        return writer().events().streamPosition(stream);
    }
    std::vector<RecordedEvent> readAll(std::uint64_t after, std::size_t limit) const override {
        return writer().events().readAll(after, limit);
    }
    void visitOpenDeliveries(
        std::uint64_t after, std::size_t limit, const std::function<void(Delivery)>& visit,
        const std::function<void(const CorruptLog&)>& unreadable) const override {
        try {
            writer().projection().visitOpenDeliveries(after, limit, visit, unreadable);
        } catch (const DerivedRowsDiffer& difference) {
            difference_ = difference.message();
            throw;
        }
    }
    std::size_t openDeliveryCount() const override {
        return writer().projection().openDeliveryCount();
    }
    std::optional<Delivery> findDelivery(const StreamId& delivery) const override {
        const auto key = writer().events().findStream(delivery);
        return key ? writer().projection().recordedDelivery(*key) : std::nullopt;
    }
    std::optional<Delivery> findDeliveryAcceptedAt(std::uint64_t global_position) const override {
        const auto key = writer().events().streamAt(global_position);
        return key ? writer().projection().findDelivery(*key) : std::nullopt;
    }
    std::vector<StreamId> openResponses() const override {
        return writer().projection().openResponses();
    }
    std::vector<EndpointState> pausedEndpoints() const override {
        return writer().projection().pausedEndpoints();
    }
    std::optional<IdempotentMatch> findByIdempotencyKey(const Digest& key) const override {
        return writer().projection().findByIdempotencyKey(key);
    }
    Bytes readPayload(std::uint64_t global_position) const override {
        return writer().attachments().payload(global_position);
    }
    std::optional<Destination> readDestination(std::uint64_t global_position) const override {
        return writer().attachments().destination(global_position);
    }
    std::optional<StoredRequest> readRequest(std::uint64_t global_position) const override {
        return writer().attachments().request(global_position);
    }
    Bytes readPayloadOf(const Delivery& delivery) const override {
        return writer().attachments().payloadOf(delivery, responseOf(delivery));
    }

private:
    /// What is wrong with the names of the files, or nothing. The connection stays open, useless as
    /// it is: it keeps the file that it has from being taken for another.
    std::string lossOfPlace() {
        lost_place_ = place_.problem();
        if (!lost_place_.empty()) writer_->giveUp();
        return lost_place_;
    }

    Writer& writer() const {
        if (!lost_place_.empty()) throw StoreUnavailable(lost_place_);
        if (!writer_) {
            throw StoreUnavailable(files_.database +
                                   ": an earlier commit failed; it must be opened again");
        }
        return *writer_;
    }

    /// Whose object a delivery sends.
    std::optional<Response> responseOf(const Delivery& delivery) const {
        if (delivery.payload_stream.empty()) return std::nullopt;
        const auto key = writer().events().findStream(delivery.payload_stream);
        auto response = key ? writer().projection().findResponse(*key) : std::nullopt;
        if (response && writer().events().streamAt(response->payload_position) != key)
            response = writer().projection().recordedResponse(*key);
        return response;
    }

    const LogOptions options_;
    const DataDirectory files_;
    const std::unique_ptr<LockFile> lock_;
    const std::unique_ptr<SecretBox> box_;
    std::unique_ptr<Writer> writer_;  ///< null after a commit that failed, until `reopen`
    LogPlace place_;
    /// What is wrong with the derived tables, until they are made anew by `reopen`; mostly empty.
    mutable std::string difference_;
    std::string lost_place_;   ///< why nothing is written any more; empty: it is
    bool place_seen_ = false;  ///< since the last `maintain`
    std::string log_id_;
    HeadNote acknowledged_;
};

/// In the log itself, so that whoever reads it later knows.
void recordLoss(Writer& writer, LossAccepted loss) {
    const LogHead head = writer.head();
    loss.found_position = head.global_position;
    loss.found_hash = head.hash;
    NewEvent line;
    line.recorded.stream = kLogStream;
    line.recorded.position = writer.events().streamPosition(kLogStream) + 1;
    line.recorded.recorded_at = systemClock().now().wall;
    line.recorded.actor = kEngineActor;
    line.recorded.event = std::move(loss);
    Batch batch;
    batch.push_back(std::move(line));
    writer.append(batch, head);
}

/// What a start comes to that accepts losses, or begins a log anew.
void settleLoss(const LogOptions& options, Writer& writer,
                const std::optional<LossAccepted>& loss) {
    std::string notice = "nothing that was acknowledged is missing: accept-loss changes nothing";
    if (loss) {
        recordLoss(writer, *loss);
        notice = "a loss is recorded as event " + std::to_string(writer.head().global_position) +
                 " of the log: " + loss->reason;
    }
    if (options.accept_loss) notice += "; start without accept-loss from now on";
    if (options.on_notice) options.on_notice(notice);
}

}  // namespace

std::unique_ptr<EventLog> openLog(const LogOptions& options) {
    Entropy& entropy = options.entropy ? *options.entropy : systemEntropy();
    DataDirectory files(options);
    makeDirectory(files);
    requireOwn(files, options.on_notice);
    // Looked at before the lock file is made, so that a directory which is refused stays as it is;
    // and again under the lock, because another process may have begun a log in between.
    if (!exists(files.lock)) {
        const auto look = [&] { return examine(files, options); };
        checkKey(files, whenUnlocked(options, files, look).log, entropy);
    }
    auto lock = std::make_unique<LockFile>(files.lock);
    LogOptions waiting = options;
    if (options.on_locked) {
        waiting.on_locked = [&](const std::string& problem) {
            lock->tell(options.url);
            return options.on_locked(problem);
        };
    }
    const Examined found =
        whenUnlocked(waiting, files, [&] { return examine(files, options, options.on_notice); });
    auto box = openSecretBox(files, found.log, entropy);
    lock->tell(options.url);
    if (!found.log) createLog(files, randomLogId(entropy));
    auto writer = whenUnlocked(
        waiting, files, [&] { return std::make_unique<Writer>(files.database, options, *box); });
    if (options.accept_loss || found.loss) settleLoss(options, *writer, found.loss);
    return std::make_unique<SqliteLog>(options, std::move(files), std::move(lock), std::move(box),
                                       std::move(writer));
}

}  // namespace waybill::sqlite
