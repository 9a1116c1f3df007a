#include "engine/congestion_window.h"

#include <algorithm>

namespace waybill {

namespace {

/// How long it takes to be back at the size at which trouble was met (K in RFC 9438).
constexpr Duration kRecovery = std::chrono::seconds(1);
/// But so many round trips at least.
constexpr int kRecoveryRoundTrips = 5;

}  // namespace

CongestionWindow::CongestionWindow(std::uint32_t start, std::uint32_t limit)
    : limit_(std::max(limit, 1U)), size_(std::clamp<double>(start, 1, limit_)) {}

void CongestionWindow::grow(MonotonicTime now, Duration round_trip) {
    if (trouble_at_ == 0) {
        size_ = std::min(limit_, size_ + 1);
        return;
    }
    const Duration counts = std::min(now - counted_to_, round_trip);
    counted_to_ = std::max(counted_to_, now);
    if (counts <= Duration::zero()) return;
    answered_for_ += std::chrono::duration<double>(counts) /
                     std::max(kRecovery, kRecoveryRoundTrips * round_trip);
    const double past = answered_for_ - 1;
    // One at least, or what did not shrink (because it was one) would never grow.
    const double shrunk_by = std::max(trouble_at_ - shrunk_to_, 1.0);
    const double curve = trouble_at_ + shrunk_by * past * past * past;
    size_ = std::min(limit_, std::max(size_, curve));
}

void CongestionWindow::halve(std::uint32_t epoch, MonotonicTime now) {
    if (epoch != epoch_) return;
    meetTrouble();
    shrink(size_ / 2, now);
}

void CongestionWindow::shrinkTo(std::uint32_t size, std::uint32_t epoch, MonotonicTime now) {
    if (epoch != epoch_ && size >= size_) return;
    if (epoch == epoch_) meetTrouble();
    shrink(std::min<double>(size_, size), now);
}

void CongestionWindow::meetTrouble() {
    trouble_at_ = size_;
    ++epoch_;
}

void CongestionWindow::shrink(double size, MonotonicTime now) {
    size_ = shrunk_to_ = std::max(size, 1.0);
    answered_for_ = 0;
    counted_to_ = now;
}

}  // namespace waybill
