// How many attempts at once the other side can take.
#pragma once

#include <cstdint>

#include "waybill/time.h"

namespace waybill {

/// The share of the wire that an endpoint (or all of them together) may use. It starts small and
/// grows by one with every answer until the first trouble (slow start, RFC 5681 section 3.1); then
/// it halves, once per round trip of trouble: attempts that were started before it halved say
/// nothing about its present size (section 3.2 there). From there it follows the curve of CUBIC
/// (RFC 9438 section 4.2) with K fixed to one second: W(t) = W + (W - w)(t - 1)^3, where w is what
/// it shrank to and W the size at which the trouble was met. So it is back at W after a second,
/// however many answers a second brings, stays near W for a while, and then looks for more ever
/// faster: 1 to 256 takes seven seconds. Never under one, never over the limit.
///
/// `t` is the time in which answers came: between two answers no more than one round trip counts,
/// so that silence is no proof of strength. A second is five round trips when those are longer than
/// 200 ms: what has not been tried for a few round trips is not known to be right.
class CongestionWindow {
public:
    CongestionWindow(std::uint32_t start, std::uint32_t limit);

    std::uint32_t size() const { return static_cast<std::uint32_t>(size_); }
    /// How often it has met trouble. An attempt keeps the epoch in which it was started.
    std::uint32_t epoch() const { return epoch_; }

    /// There was an answer at `now`, `round_trip` after its attempt was started.
    void grow(MonotonicTime now, Duration round_trip);

    /// An attempt of `epoch` was too much.
    void halve(std::uint32_t epoch, MonotonicTime now);

    /// An attempt of `epoch` showed that there is room for `size` and no more. Another one of an
    /// earlier epoch can make it smaller still, but W stays.
    void shrinkTo(std::uint32_t size, std::uint32_t epoch, MonotonicTime now);

private:
    void meetTrouble();
    void shrink(double size, MonotonicTime now);

    double limit_;
    double size_;
    double trouble_at_ = 0;    ///< W; 0: no trouble yet
    double shrunk_to_ = 0;     ///< w
    double answered_for_ = 0;  ///< t
    MonotonicTime counted_to_{};
    std::uint32_t epoch_ = 0;
};

}  // namespace waybill
