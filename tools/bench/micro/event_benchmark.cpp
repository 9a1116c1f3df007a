// What an event costs beside its row: folded, encoded, hashed, read back.
#include <benchmark/benchmark.h>

#include "bench/sample_delivery.h"
#include "waybill/delivery.h"
#include "waybill/event_codec.h"

namespace waybill::bench {
namespace {

/// A delivery's three events, numbered as a log would.
std::vector<RecordedEvent> history() {
    SampleDelivery sample(2048);
    const StreamId id = sample.newId();
    Batch batch;
    sample.accept(batch, id);
    sample.start(batch, id);
    sample.succeed(batch, id);
    std::vector<RecordedEvent> events;
    for (NewEvent& line : batch) {
        line.recorded.global_position = line.recorded.position;
        events.push_back(std::move(line.recorded));
    }
    return events;
}

void foldHistory(benchmark::State& state) {
    const auto events = history();
    for (auto _ : state) {
        Delivery delivery;
        for (const RecordedEvent& event : events)
            delivery = fold(std::move(delivery), event);
        benchmark::DoNotOptimize(delivery);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.size()));
}
BENCHMARK(foldHistory);

void encode(benchmark::State& state) {
    const RecordedEvent event = history()[static_cast<std::size_t>(state.range(0))];
    state.SetLabel(std::string(typeName(event.event)));
    for (auto _ : state)
        benchmark::DoNotOptimize(encodeData(event.event));
}
BENCHMARK(encode)->DenseRange(0, 2);

void decode(benchmark::State& state) {
    const RecordedEvent event = history()[static_cast<std::size_t>(state.range(0))];
    const std::string data = encodeData(event.event);
    state.SetLabel(std::string(typeName(event.event)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            decodeData(typeName(event.event), data, event.stream, event.position));
    }
}
BENCHMARK(decode)->DenseRange(0, 2);

void chain(benchmark::State& state) {
    const RecordedEvent event = history()[static_cast<std::size_t>(state.range(0))];
    const std::string data = encodeData(event.event);
    state.SetLabel(std::string(typeName(event.event)));
    Digest previous{};
    for (auto _ : state)
        benchmark::DoNotOptimize(previous = chainHash(previous, event, data));
}
BENCHMARK(chain)->DenseRange(0, 2);

void payloadDigest(benchmark::State& state) {
    const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state)
        benchmark::DoNotOptimize(sha256(payload));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(payloadDigest)->Arg(2048)->Arg(65536);

}  // namespace
}  // namespace waybill::bench
