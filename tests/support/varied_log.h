// A log with deliveries of every kind.
#pragma once

#include <memory>
#include <string>

#include "waybill/event_log.h"

namespace waybill::test {

class BatchBuilder;

/// Mixed by their number: of eleven, some wait, are on the wire, failed or are cancelled, and six
/// are delivered; to five endpoints, of three clients.
class VariedLog {
public:
    /// Opens the log in `directory`, or makes it.
    explicit VariedLog(const std::string& directory);

    EventLog& log() { return *log_; }

    /// Those with these numbers, the last one excluded.
    void deliver(int from, int to);

    static StreamId idOf(int number);
    static std::string urlOf(int number);
    static std::string endpointOf(int number);

private:
    static void add(BatchBuilder& batch, int number);

    std::unique_ptr<EventLog> log_;
};

}  // namespace waybill::test
