#include "inbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace waybill {

std::size_t payloadBytes(const Command& command) {
    const auto sizeOf = [](const Bytes& bytes) { return bytes ? bytes->size() : 0; };
    if (const auto* submit = std::get_if<SubmitCommand>(&command))
        return sizeOf(submit->accepted.attachments.payload);
    if (const auto* complete = std::get_if<CompleteResponseCommand>(&command))
        return sizeOf(complete->completion.object);
    if (const auto* check = std::get_if<CheckRequestCommand>(&command)) return sizeOf(check->body);
    const auto* create = std::get_if<CreateResponseCommand>(&command);
    if (create == nullptr || !create->creation.request) return 0;
    const StoredRequest& request = *create->creation.request;
    return request.body.size() + request.headers.size() + request.object.size();
}

Inbox::Offer Inbox::offer(Command& command) {
    const std::size_t bytes = payloadBytes(command);
    // Not under the lock: what is dropped answers, and that calls the host.
    auto taken = std::make_unique<Command>(std::move(command));
    const Offer offer = put(taken, bytes);
    if (taken) command = std::move(*taken);
    return offer;
}

Inbox::Offer Inbox::put(std::unique_ptr<Command>& command, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Offer::kClosed;
    if (commands_.size() >= max_commands_) return Offer::kFull;
    if (bytes_ != 0 && bytes != 0 && (bytes_ > max_bytes_ || bytes > max_bytes_ - bytes_))
        return Offer::kFull;
    commands_.push_back(std::move(command));
    bytes_ += bytes;
    if (sleeping_) stirred_.notify_one();
    return Offer::kTaken;
}

void Inbox::push(Command command) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    commands_.push_back(std::make_unique<Command>(std::move(command)));
    if (sleeping_) stirred_.notify_one();
}

void Inbox::makeRoom(std::size_t outcomes) {
    const std::lock_guard lock(mutex_);
    if (outcomes_.capacity() < outcomes) outcomes_.reserve(2 * outcomes);
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

void Inbox::take(std::size_t max_commands, std::size_t max_bytes, Contents& contents) {
    contents.clear();
    const std::lock_guard lock(mutex_);
    contents.outcomes.reserve(outcomes_.capacity());  // the room that `makeRoom` made stays here
    std::size_t bytes = 0;
    while (!commands_.empty() && contents.commands.size() < max_commands) {
        const std::size_t more = payloadBytes(*commands_.front());
        if (!contents.commands.empty() && bytes + more > max_bytes) break;
        contents.commands.push_back(std::move(commands_.front()));
        commands_.pop_front();
        bytes += more;
        bytes_ -= std::min(bytes_, more);
    }
    contents.outcomes.swap(outcomes_);
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
