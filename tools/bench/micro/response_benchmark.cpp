// What reading an answer costs.
#include <benchmark/benchmark.h>

#include "http/response_reader.h"

namespace waybill::bench {
namespace {

constexpr std::string_view kShort = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kUsual =
    "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 20:24:38 GMT\r\nServer: nginx/1.22.1\r\n"
    "Content-Type: application/json; charset=utf-8\r\nContent-Length: 15\r\n"
    "Connection: keep-alive\r\nX-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\n"
    "Strict-Transport-Security: max-age=31536000\r\n\r\n{\"accepted\":1}\n";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

void read(benchmark::State& state, std::string_view response) {
    const http::ResponseLimits limits;
    for (auto _ : state) {
        http::ResponseReader reader(limits);
        benchmark::DoNotOptimize(reader.feed(response));
        if (reader.state() != http::ResponseReader::State::kComplete)
            state.SkipWithError("not whole");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(response.size()));
}
BENCHMARK_CAPTURE(read, short, kShort);
BENCHMARK_CAPTURE(read, usual, kUsual);
BENCHMARK_CAPTURE(read, chunked, kChunked);

}  // namespace
}  // namespace waybill::bench
