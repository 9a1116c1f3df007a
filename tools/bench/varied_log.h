// A log as a day of traffic leaves it: many endpoints and clients, unique subjects, some failures.
#pragma once

#include <cstdint>
#include <string>

#include "waybill/event_log.h"
#include "waybill/time.h"

namespace waybill::bench {

/// What the deliveries have, by their number.
struct VariedDelivery {
    static constexpr std::uint64_t kEndpoints = 200;
    static constexpr std::uint64_t kClients = 20;

    static std::string endpoint(std::uint64_t number);
    static std::string url(std::uint64_t number);
    static std::string client(std::uint64_t number);
    static std::string subject(std::uint64_t number);
    /// Of 1000: 10 failed for good, 5 wait for a retry, the others are delivered.
    static bool fails(std::uint64_t number) { return number % 100 == 7; }
    static bool waits(std::uint64_t number) { return number % 200 == 11; }
};

/// Appends `deliveries` of three events each, evenly over the day that ends at `now`, as fast as
/// the log takes them. Returns the id of the one in the middle.
StreamId fillVariedLog(EventLog& log, std::uint64_t deliveries, Timestamp now);

}  // namespace waybill::bench
