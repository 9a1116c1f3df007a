#include "bench/raw_path.h"

#include <algorithm>

#include "bench/payload.h"

namespace waybill::bench {

namespace {

constexpr std::size_t kMaxBatch = 512;  // as the engine's
constexpr std::chrono::milliseconds kTurn(100);

}  // namespace

RawPathContender::RawPathContender(const std::string& directory, std::uint16_t port,
                                   std::size_t in_flight, std::size_t payload_bytes)
    : in_flight_(in_flight),
      log_(directory, payload_bytes),
      client_(port, in_flight),
      request_(postRequest(port, "/hook", makePayload(payload_bytes, {}))) {}

Load RawPathContender::run(std::chrono::nanoseconds duration) {
    std::jthread wire([this](const std::stop_token& stop) { serveWire(stop); });
    std::uint64_t done = 0;
    std::size_t in_flight = 0;
    MeasuredSpan span(duration);
    const auto turn = [&](bool open_more) {
        const Turn turned = commitOnce(in_flight, open_more);
        in_flight += turned.opened;
        in_flight -= turned.finished;
        done += turned.finished;
        to_send_ += turned.opened;
        if (turned.opened > 0) client_.wake();
    };
    while (span.goesOn(done))
        turn(true);
    while (in_flight > 0)
        turn(false);
    wire.request_stop();
    client_.wake();
    return span.load();
}

/// Waits until there is something to write, and writes it.
RawPathContender::Turn RawPathContender::commitOnce(std::size_t in_flight, bool open_more) {
    if (in_flight == in_flight_ || !open_more) answered_.wait(0);
    Turn turn;
    turn.finished = answered_.exchange(0);
    if (open_more) turn.opened = std::min(in_flight_ - in_flight + turn.finished, kMaxBatch);
    log_.begin();
    for (std::size_t i = 0; i < turn.finished; ++i)
        log_.finish();
    for (std::size_t i = 0; i < turn.opened; ++i)
        log_.open();
    log_.commit();
    return turn;
}

void RawPathContender::serveWire(const std::stop_token& stop) {
    std::size_t waiting = 0;
    while (!stop.stop_requested()) {
        waiting += to_send_.exchange(0);
        for (; waiting > 0 && client_.idle(); --waiting)
            client_.send(request_);
        const std::size_t answers = client_.receive(kTurn);
        if (answers == 0) continue;
        answered_ += answers;
        answered_.notify_one();
    }
}

}  // namespace waybill::bench
