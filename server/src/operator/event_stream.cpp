#include "operator/event_stream.h"

#include <chrono>
#include <string>
#include <thread>

namespace waybill::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kPage = 200;

// How soon a reader notices that the server drains.
constexpr Duration kLook = std::chrono::milliseconds(200);

std::string framed(const std::vector<EventView>& events) {
    std::string text;
    for (const EventView& event : events) {
        text.append("id: ").append(std::to_string(event.global_position));
        text.append("\ndata: ").append(toJson(event)).append("\n\n");
    }
    return text;
}

/// Whether it is worth looking into the log.
bool awaitGrowth(EventNotifier* notifier, std::uint64_t after) {
    if (notifier != nullptr) return notifier->waitBeyond(after, kLook);
    std::this_thread::sleep_for(kLook);
    return true;
}

}  // namespace

void sendEvents(BodyWriter& body, const sqlite::ReadModel& model, EventNotifier* notifier,
                std::uint64_t after, Duration heartbeat) {
    if (!body.write("retry: 1000\n\n")) return;
    Clock::time_point said = Clock::now();
    bool look = true;
    while (!body.serverStops() && !body.clientGone()) {
        std::vector<EventView> events;
        if (look) events = model.events(after, kPage);
        if (!events.empty()) {
            if (!body.write(framed(events))) return;
            after = events.back().global_position;
            said = Clock::now();
        } else if (Clock::now() - said >= heartbeat) {
            if (!body.write(": nothing new\n\n")) return;
            said = Clock::now();
        }
        look = events.size() == kPage || awaitGrowth(notifier, after);
    }
}

}  // namespace waybill::server
