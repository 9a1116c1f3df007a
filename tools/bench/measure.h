// What is measured.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"

namespace waybill::bench {

/// How long and how large, the same for all measures.
struct Setup {
    std::chrono::nanoseconds each = std::chrono::seconds(2);  ///< measured time of a contender
    std::chrono::nanoseconds stream_time = std::chrono::seconds(5);  ///< of a thousand streams
    std::size_t payload_bytes = 2048;
    std::uint64_t hanging = 10'000;                  ///< attempts at once
    std::vector<std::uint64_t> log_events{300'000};  ///< sizes of a large log
    std::uint64_t start_events = 600'000;            ///< of the log a start finds
    std::uint64_t start_pending = 100'000;           ///< of its deliveries
    std::uint64_t waiting = 500'000;                 ///< deliveries that are due much later
    std::uint64_t large = 100;                       ///< attempts of 4 MiB at once
    std::uint64_t listed = 200'000;                  ///< deliveries that listings go through
    std::string directory = "/tmp";                  ///< for logs
    std::string waybilld{};                          ///< the daemon's program
};

struct Measure {
    std::string_view name;      ///< for `--only`
    std::string_view question;  ///< for the help
    std::vector<Row> (*run)(const Setup& setup);
};

/// All of them, in the order of the table.
std::span<const Measure> measures();

// One file each.
std::vector<Row> measureAppend(const Setup& setup);
std::vector<Row> measureTransport(const Setup& setup);
std::vector<Row> measureLibrary(const Setup& setup);
std::vector<Row> measureHttp(const Setup& setup);
std::vector<Row> measureLatency(const Setup& setup);
std::vector<Row> measureHanging(const Setup& setup);
std::vector<Row> measureDeadEndpoint(const Setup& setup);
std::vector<Row> measureStart(const Setup& setup);
std::vector<Row> measureLargeLog(const Setup& setup);
std::vector<Row> measureTls(const Setup& setup);
std::vector<Row> measureListing(const Setup& setup);
std::vector<Row> measureMemoryUse(const Setup& setup);
std::vector<Row> measureStreams(const Setup& setup);

}  // namespace waybill::bench
