// What it costs to find what is due next, by how many wait.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/resident_memory.h"
#include "engine/schedule.h"

namespace waybill::bench {
namespace {

/// One ends and the next is taken and comes back after all others, as retries do. 36 clients,
/// 1,000 endpoints. `bytes` is what one that waits takes.
void takeAndAddAgain(benchmark::State& state) {
    constexpr std::uint64_t kClients = 36;
    constexpr std::uint64_t kEndpoints = 1'000;
    const auto waiting = static_cast<std::uint64_t>(state.range(0));
    const auto client = [](std::uint64_t key) { return std::to_string(key % kClients); };
    const auto endpoint = [](std::uint64_t key) {
        return "https://receiver-" + std::to_string(key / 7 % kEndpoints) + ".example:443";
    };
    const auto before = residentMemory();
    Schedule schedule{Schedule::Limits{}};
    MonotonicTime due{};
    for (std::uint64_t key = 0; key < waiting; ++key)
        schedule.add(key, client(key), endpoint(key), due += std::chrono::microseconds(1));
    const auto bytes = residentMemory() - before;
    for (auto _ : state) {
        due += std::chrono::microseconds(1);
        const Schedule::Key key = schedule.takeNext(due).value();
        schedule.finished(key, Feedback::kAnswered, due);
        schedule.add(key, client(key), endpoint(key), due);
    }
    state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(waiting);
}
BENCHMARK(takeAndAddAgain)->Arg(1'000)->Arg(1'000'000);

}  // namespace
}  // namespace waybill::bench
