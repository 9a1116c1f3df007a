#include "engine/inbox.h"

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

namespace {

bool fits(std::size_t held, std::size_t more, std::size_t limit) {
    return held == 0 || more == 0 || (held <= limit && more <= limit - held);
}

/// Whose submission it is; null for what is none.
const std::string* submitter(const Command& command) {
    const auto* submit = std::get_if<SubmitCommand>(&command);
    return submit == nullptr ? nullptr : &std::get<DeliveryAccepted>(submit->accepted.event).client;
}

}  // namespace

Inbox::Offer Inbox::offer(Command& command) {
    const std::size_t bytes = payloadBytes(command);
    // Not under the lock: what is dropped answers, and that calls the host.
    auto taken = std::make_unique<Command>(std::move(command));
    const Offer offer = put(taken, bytes);
    if (taken) command = std::move(*taken);
    return offer;
}

Inbox::Offer Inbox::put(std::unique_ptr<Command>& command, std::size_t bytes) {
    const std::string* const client = shared_ ? submitter(*command) : nullptr;
    const std::lock_guard lock(mutex_);
    if (closed_) return Offer::kClosed;
    if (commands_.size() >= max_commands_ || !fits(bytes_, bytes, max_bytes_)) return Offer::kFull;
    auto* const share = client != nullptr ? &*shares_.try_emplace(*client).first : nullptr;
    if (share != nullptr &&
        (share->second.commands >= std::max<std::size_t>(max_commands_ / 2, 1) ||
         !fits(share->second.bytes, bytes, max_bytes_ / 2))) {
        ++refused_shares_;
        return Offer::kShareFull;
    }
    commands_.emplace_back(Waiting{nullptr, bytes, share}).command = std::move(command);
    bytes_ += bytes;
    if (share != nullptr) {
        ++share->second.commands;
        share->second.bytes += bytes;
    }
    if (sleeping_) stirred_.notify_one();
    return Offer::kTaken;
}

void Inbox::release(const Waiting& waiting) {
    bytes_ -= waiting.bytes;
    if (waiting.share == nullptr) return;
    waiting.share->second.bytes -= waiting.bytes;
    if (--waiting.share->second.commands == 0) shares_.erase(shares_.find(waiting.share->first));
}

void Inbox::push(Command command) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    commands_.push_back({std::make_unique<Command>(std::move(command)), 0, nullptr});
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
        Waiting& next = commands_.front();
        if (!contents.commands.empty() && bytes + next.bytes > max_bytes) break;
        contents.commands.push_back(std::move(next.command));
        bytes += next.bytes;
        release(next);
        commands_.pop_front();
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

std::uint64_t Inbox::refusedShares() const {
    const std::lock_guard lock(mutex_);
    return refused_shares_;
}

}  // namespace waybill
