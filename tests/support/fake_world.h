// A daemon's memory as the operator's interface shows it: thousands of deliveries, made up but
// plausible, and the same each time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "waybill/admin_api.h"

namespace waybill::test {

/// What the fake operator API tells about and changes. Any thread, under `mutex`.
struct FakeWorld {
    /// 2026-11-21T18:40:01Z: one endpoint has failed for 72 minutes, one is degraded, one paused.
    /// Deliveries are spread over the 24 hours before, newest first.
    explicit FakeWorld(std::size_t deliveries = 4000);

    struct Entry {
        DeliveryView view{};
        std::vector<AttemptView> attempts{};
        std::string payload{};
        std::vector<EventView> events{};
    };

    Entry* find(const StreamId& id);

    /// Another delivery, accepted now; its events are at the end of the log.
    StreamId add(const std::string& endpoint, const std::string& subject);
    void addEvent(const StreamId& stream, const std::string& type, const std::string& actor,
                  const std::string& data);

    mutable std::mutex mutex;
    std::condition_variable changed;
    Timestamp now{};
    std::vector<Entry> entries;  ///< newest first
    std::vector<EventView> log;  ///< oldest first
    std::vector<EndpointView> endpoints;
    std::vector<BulkView> bulks;
    std::vector<std::string> requests;  ///< what would have changed something, in words

    // How the other side misbehaves.
    std::string unreachable{};  ///< not empty: every call throws, with this message
    bool forbidden = false;     ///< the token is not accepted
    bool minimal = false;       ///< only what every source has; the rest refuses
    /// Called with the name of each question before it is answered, without the mutex: it may wait,
    /// or throw.
    std::function<void(std::string_view question)> on_call{};
    std::string role = "operator";
    std::string token_name = "admin";  ///< another: the token is this operator's own
    std::string source = "daemon";
};

}  // namespace waybill::test
