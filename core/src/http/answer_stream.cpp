#include "waybill/answer_stream.h"

#include <utility>

namespace waybill {

AnswerStream::Read AnswerStream::read(std::string& bytes, MonotonicTime until) {
    std::unique_lock lock(mutex_);
    const auto something = [this] {
        return (head_came_ && !head_read_) || !waiting_.empty() || outcome_.has_value();
    };
    if (!stirred_.wait_until(lock, until, something)) return Read::kNotYet;
    if (head_came_ && !std::exchange(head_read_, true)) return Read::kHead;
    if (waiting_.empty()) return Read::kEnd;
    bytes.reserve(bytes.empty() ? 0 : bytes.size() + waiting_.size());
    // Before anything is taken: who gets an exception instead reads again, and the sender goes on.
    if (full_ && control_) control_(Signal::kGoOn);
    full_ = false;
    if (bytes.empty())
        bytes.swap(waiting_);
    else
        bytes.append(waiting_);
    waiting_.clear();
    return Read::kBody;
}

void AnswerStream::stop() {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && control_) control_(Signal::kStop);
    stopped_ = true;
}

bool AnswerStream::attach(std::function<void(Signal)> control) {
    const std::lock_guard lock(mutex_);
    control_ = std::move(control);
    return !stopped_;
}

void AnswerStream::headCame(int status, std::string head) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    head_ = std::move(head);
    head_came_ = true;
    stirred_.notify_one();
}

bool AnswerStream::bodyCame(std::string bytes) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty())
        waiting_ = std::move(bytes);
    else
        waiting_.append(bytes);
    full_ = waiting_.size() >= window_bytes_;
    stirred_.notify_one();
    return !full_;
}

void AnswerStream::end(AttemptOutcome outcome) {
    const std::lock_guard lock(mutex_);
    control_ = nullptr;
    outcome_ = std::move(outcome);
    stirred_.notify_one();
}

}  // namespace waybill
