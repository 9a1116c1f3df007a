// Appending to the log beside inserting the same rows.
#include <deque>

#include "bench/cpu_time.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "bench/raw_log.h"
#include "bench/sample_delivery.h"
#include "bench/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {

namespace {

/// In every batch so many deliveries are accepted and started, and as many of the batch before have
/// succeeded: three events each.
constexpr std::size_t kDeliveriesABatch = 100;
constexpr std::size_t kEventsABatch = 3 * kDeliveriesABatch;

/// Counts only what happens in `work`.
template <typename F>
void measure(Load& load, F&& work) {
    const auto wall = monotonicNow();
    const auto cpu = cpuTime();
    work();
    load += {kEventsABatch, monotonicNow() - wall, cpuTime() - cpu};
}

class AppendContender : public Contender {
public:
    AppendContender(const std::string& directory, std::size_t payload_bytes)
        : log_(open(directory)), sample_(payload_bytes) {
        Batch batch = nextBatch();
        log_->append(batch, log_->head());
    }

    Load run(std::chrono::nanoseconds duration) override {
        Load load;
        while (load.wall < duration) {
            Batch batch = nextBatch();
            measure(load, [&] {
                log_->append(batch, log_->head());
                log_->maintain(true);
            });
        }
        return load;
    }

private:
    static std::unique_ptr<EventLog> open(const std::string& directory) {
        sqlite::LogOptions options;
        options.directory = directory;
        return sqlite::openLog(options);
    }

    Batch nextBatch() {
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

    std::unique_ptr<EventLog> log_;
    SampleDelivery sample_;
    std::vector<StreamId> open_;
};

class RawInsertContender : public Contender {
public:
    RawInsertContender(const std::string& directory, std::size_t payload_bytes)
        : log_(directory, payload_bytes) {
        log_.begin();
        openBatch();
        log_.commit();
    }

    Load run(std::chrono::nanoseconds duration) override {
        Load load;
        while (load.wall < duration) {
            measure(load, [&] {
                log_.begin();
                for (std::size_t i = 0; i < kDeliveriesABatch; ++i)
                    log_.finish();
                openBatch();
                log_.commit();
            });
        }
        return load;
    }

private:
    void openBatch() {
        for (std::size_t i = 0; i < kDeliveriesABatch; ++i)
            log_.open();
    }

    RawLog log_;
};

}  // namespace

std::vector<Row> measureAppend(const Setup& setup) {
    const TemporaryDirectory directory(setup.directory);
    AppendContender append(directory.file("log"), setup.payload_bytes);
    RawInsertContender raw(directory.path(), setup.payload_bytes);
    const std::vector<Load> loads = runInTurns({&append, &raw}, setup.each);
    const std::string beside = "raw inserts of the same rows";
    return {{"append", "events, 300 a batch", perSecond(loads[0].perSecond()), beside,
             perSecond(loads[1].perSecond()), Goal{Goal::Of::kRatio, Goal::Bound::kAtLeast, 0.70}},
            {"",
             "CPU an event",
             microseconds(loads[0].cpuMicrosecondsEach()),
             beside,
             microseconds(loads[1].cpuMicrosecondsEach()),
             {}}};
}

}  // namespace waybill::bench
