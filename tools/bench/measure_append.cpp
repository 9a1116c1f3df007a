// Appending to the log beside inserting the same rows.
#include "bench/append_contender.h"
#include "bench/measure.h"
#include "bench/raw_log.h"
#include "bench/temporary_directory.h"

namespace waybill::bench {

namespace {

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
            measureBatch(load, [&] {
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
