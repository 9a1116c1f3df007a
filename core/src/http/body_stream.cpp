#include "waybill/body_stream.h"

#include <utility>

namespace waybill {

BodyStream::Write BodyStream::write(std::string_view bytes, MonotonicTime until) {
    std::unique_lock lock(mutex_);
    const auto decided = [this] { return closed_ || waiting_.size() < window_bytes_; };
    if (!room_.wait_until(lock, until, decided)) return Write::kFull;
    if (closed_) return Write::kClosed;
    waiting_.reserve(waiting_.size() + bytes.size());
    // Before anything is taken, so that an exception leaves nothing that nobody comes for.
    if (waiting_.empty() && stir_) stir_();
    waiting_.append(bytes);
    return Write::kTaken;
}

void BodyStream::finish() {
    const std::lock_guard lock(mutex_);
    if (stir_) stir_();
    finished_ = true;
}

void BodyStream::attach(std::function<void()> stir) {
    const std::lock_guard lock(mutex_);
    stir_ = std::move(stir);
}

std::string BodyStream::take(bool& last) {
    const std::lock_guard lock(mutex_);
    last = finished_;
    room_.notify_one();
    return std::exchange(waiting_, {});
}

void BodyStream::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    stir_ = nullptr;
    room_.notify_one();
}

}  // namespace waybill
