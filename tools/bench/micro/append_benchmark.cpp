// A commit of the log, by how many deliveries are in it.
#include <benchmark/benchmark.h>

#include "bench/sample_delivery.h"
#include "bench/temporary_directory.h"
#include "waybill/sqlite/log.h"

namespace waybill::bench {
namespace {

void append(benchmark::State& state) {
    const TemporaryDirectory directory("/tmp");
    sqlite::LogOptions options;
    options.directory = directory.file("log");
    const auto log = sqlite::openLog(options);
    SampleDelivery sample(2048);
    for (auto _ : state) {
        state.PauseTiming();
        Batch batch;
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            const StreamId id = sample.newId();
            sample.accept(batch, id);
            sample.start(batch, id);
            sample.succeed(batch, id);
        }
        state.ResumeTiming();
        log->append(batch, log->head());
        log->maintain(true);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0) * 3);
}
BENCHMARK(append)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace waybill::bench
