#include "waybill/body_stream.h"

#include <utility>

namespace waybill {

BodyStream::Write BodyStream::write(std::string_view bytes, MonotonicTime until) {
    std::unique_lock lock(mutex_);
    const auto decided = [this] { return closed_ || waiting_.size() < window_bytes_; };
    if (!room_.wait_until(lock, until, decided)) return Write::kFull;
    if (closed_) return Write::kClosed;
    const bool was_empty = waiting_.empty();
    waiting_.append(bytes);
    if (was_empty && stir_) stir_();
    return Write::kTaken;
}

void BodyStream::finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    if (stir_) stir_();
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
