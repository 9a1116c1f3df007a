#include "bench/append_contender.h"

#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

std::unique_ptr<EventLog> openLog(const std::string& directory) {
    sqlite::LogOptions options;
    options.directory = directory;
    return sqlite::openLog(options);
}

}  // namespace

AppendContender::AppendContender(const std::string& directory, std::size_t payload_bytes)
    : log_(openLog(directory)), sample_(payload_bytes) {
    Batch batch = nextBatch();
    log_->append(batch, log_->head());
}

Load AppendContender::run(std::chrono::nanoseconds duration) {
    Load load;
    while (load.wall < duration) {
        Batch batch = nextBatch();
        measureBatch(load, [&] {
            log_->append(batch, log_->head());
            log_->maintain(true);
        });
    }
    return load;
}

Batch AppendContender::nextBatch() {
    Batch batch;
    batch.reserve(kEventsABatch);
    for (const StreamId& id : open_)
        sample_.succeed(batch, id);
    open_.clear();
    for (std::size_t i = 0; i < kDeliveriesABatch; ++i) {
        open_.push_back(sample_.newId());
        sample_.accept(batch, open_.back());
        sample_.start(batch, open_.back());
    }
    return batch;
}

}  // namespace waybill::bench
