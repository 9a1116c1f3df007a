#include "waybill/sqlite/log.h"

#include <memory>
#include <utility>

#include "data_directory.h"
#include "file_io.h"
#include "lock_file.h"
#include "writer.h"

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

class SqliteLog : public EventLog {
public:
    SqliteLog(const LogOptions& options, DataDirectory files, std::unique_ptr<LockFile> lock,
              std::unique_ptr<SecretBox> box)
        : options_(options),
          files_(std::move(files)),
          lock_(std::move(lock)),
          box_(std::move(box)),
          writer_(std::make_unique<Writer>(files_.database, options_, *box_)),
          log_id_(writer_->logId()) {}

    std::string logId() const override { return log_id_; }
    LogHead head() const override { return writer().head(); }

    LogHead append(Batch& batch, const LogHead& expected_head) override {
        Writer& writer = this->writer();
        try {
            return writer.append(batch, expected_head);
        } catch (const StoreIndeterminate&) {
            writer_.reset();
            throw;
        }
    }

    void reopen() override {
        writer_.reset();
        if (!examine(files_)) throw StoreUnavailable(files_.database + " is gone");
        auto writer = std::make_unique<Writer>(files_.database, options_, *box_);
        if (writer->logId() != log_id_) {
            throw StoreUnavailable(files_.database + " is another log than before");
        }
        writer_ = std::move(writer);
    }

    void maintain(bool busy) override {
        if (writer_) writer_->maintain(busy);
    }

    std::vector<RecordedEvent> readStream(const StreamId& stream) const override {
        return writer().events().readStream(stream);
    }
    std::vector<RecordedEvent> readAll(std::uint64_t after, std::size_t limit) const override {
        return writer().events().readAll(after, limit);
    }
    void visitOpenDeliveries(std::uint64_t after, std::size_t limit,
                             const std::function<void(Delivery)>& visit) const override {
        writer().projection().visitOpenDeliveries(after, limit, visit);
    }
    std::size_t openDeliveryCount() const override {
        return writer().projection().openDeliveryCount();
    }
    std::optional<Delivery> findDelivery(const StreamId& delivery) const override {
        const auto key = writer().events().findStream(delivery);
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
        return readPayload(payloadPosition(delivery));
    }

private:
    Writer& writer() const {
        if (!writer_) {
            throw StoreUnavailable(files_.database +
                                   ": an earlier commit failed; it must be opened again");
        }
        return *writer_;
    }

    std::uint64_t payloadPosition(const Delivery& delivery) const {
        if (delivery.payload_stream.empty()) return delivery.accepted_position;
        const auto key = writer().events().findStream(delivery.payload_stream);
        const auto response = key ? writer().projection().findResponse(*key) : std::nullopt;
        return response ? response->payload_position : 0;
    }

    const LogOptions options_;
    const DataDirectory files_;
    const std::unique_ptr<LockFile> lock_;
    const std::unique_ptr<SecretBox> box_;
    std::unique_ptr<Writer> writer_;  ///< null after a commit that failed, until `reopen`
    std::string log_id_;
};

}  // namespace

std::unique_ptr<EventLog> openLog(const LogOptions& options) {
    Entropy& entropy = options.entropy ? *options.entropy : systemEntropy();
    DataDirectory files(options);
    makeDirectory(files);
    // Looked at before the lock file is made, so that a directory which is refused stays as it is;
    // and again under the lock, because another process may have begun a log in between.
    if (!exists(files.lock)) checkKey(files, examine(files), entropy);
    auto lock = std::make_unique<LockFile>(files.lock);
    const auto log = examine(files);
    auto box = openSecretBox(files, log, entropy);
    lock->tell(options.url);
    if (!log) createLog(files, randomLogId(entropy));
    return std::make_unique<SqliteLog>(options, std::move(files), std::move(lock), std::move(box));
}

}  // namespace waybill::sqlite
