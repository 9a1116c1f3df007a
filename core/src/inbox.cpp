#include "inbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace waybill {

Inbox::Offer Inbox::offer(Command& command) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Offer::kClosed;
    if (commands_.size() >= max_commands_) return Offer::kFull;
    commands_.push_back(std::make_unique<Command>(std::move(command)));
    if (sleeping_) stirred_.notify_one();
    return Offer::kTaken;
}

void Inbox::push(Command command) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    commands_.push_back(std::make_unique<Command>(std::move(command)));
    if (sleeping_) stirred_.notify_one();
}

void Inbox::push(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
    if (sleeping_) stirred_.notify_one();
}

void Inbox::Contents::clear() {
    commands.clear();
    outcomes.clear();
}

void Inbox::take(std::size_t max_commands, Contents& contents) {
    contents.clear();
    const std::lock_guard lock(mutex_);
    contents.outcomes.swap(outcomes_);
    const std::size_t count = std::min(max_commands, commands_.size());
    const auto end = commands_.begin() + static_cast<std::ptrdiff_t>(count);
    contents.commands.assign(std::move_iterator(commands_.begin()), std::move_iterator(end));
    commands_.erase(commands_.begin(), end);
}

void Inbox::wait(MonotonicTime deadline) {
    std::unique_lock lock(mutex_);
    sleeping_ = true;
    stirred_.wait_until(lock, deadline,
                        [this] { return woken_ || !commands_.empty() || !outcomes_.empty(); });
    sleeping_ = false;
    woken_ = false;
}

void Inbox::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    stirred_.notify_one();
}

void Inbox::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
}

std::size_t Inbox::waiting() const {
    const std::lock_guard lock(mutex_);
    return commands_.size() + outcomes_.size();
}

}  // namespace waybill
