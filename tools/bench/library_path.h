// The whole path in one process: submit, log, attempt, outcome, log.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/load.h"
#include "waybill/engine.h"
#include "waybill/transport.h"

namespace waybill::bench {

struct LibraryOptions {
    std::string directory{};  ///< of the log
    std::size_t payload_bytes = 2048;
    std::uint32_t max_in_flight = 4096;
    std::uint32_t max_in_flight_per_endpoint = 1024;
    Duration attempt_timeout = std::chrono::seconds(30);
    std::string ca_file{};
    std::function<void(const RecordedEvent&)> on_event{};  ///< beside the counting
};

/// Transport settings of every measure: may reach 127.0.0.1, where every name leads.
HttpTransportOptions loopbackTransport(const std::string& ca_file);

/// A host's engine on a SQLite log with the real transport.
class LibraryPath {
public:
    explicit LibraryPath(LibraryOptions options);
    ~LibraryPath();

    /// Does not wait. `max_retries`: of this delivery.
    void submit(const std::string& url, std::uint32_t max_retries = 3);

    std::uint64_t submitted() const { return submitted_; }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t failedAttempts() const { return failed_; }

    /// Until more than `count` are delivered.
    void awaitMoreThan(std::uint64_t count) const { delivered_.wait(count); }

    /// Until everything that was submitted is delivered.
    void awaitAll() const;

    /// Throws Poco::RuntimeException when a submission was refused or an attempt failed.
    void requireAllWell() const;

    TransportStats transportStats() const { return transport_->stats(); }

private:
    void note(const RecordedEvent& event);

    LibraryOptions options_;
    std::unique_ptr<EventLog> log_;
    std::unique_ptr<Transport> transport_;
    std::unique_ptr<Engine> engine_;
    std::uint64_t submitted_ = 0;
    std::atomic<std::uint64_t> delivered_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
};

/// Keeps `in_flight` deliveries between submission and outcome, to the URLs in turn.
class LibraryContender : public Contender {
public:
    LibraryContender(LibraryPath& path, std::vector<std::string> urls, std::size_t in_flight)
        : path_(path), urls_(std::move(urls)), in_flight_(in_flight) {}
    Load run(std::chrono::nanoseconds duration) override;

private:
    LibraryPath& path_;
    const std::vector<std::string> urls_;
    const std::size_t in_flight_;
};

}  // namespace waybill::bench
