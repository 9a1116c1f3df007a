#include "operator/access_tally.h"

#include <utility>

namespace waybill::server {
namespace {

constexpr Duration kFirstWindow = std::chrono::minutes(1);

Duration laterWindow(AccessKind kind) {
    return kind == AccessKind::kLogRead ? std::chrono::minutes(10) : kFirstWindow;
}

}  // namespace

std::optional<AccessNote> AccessTally::take(AccessNote note, MonotonicTime now) {
    const AccessRecorded& access = note.access;
    Same same{access.kind, note.actor, note.actor_claimed, access.target, access.address};
    const Window fresh{0, now + kFirstWindow};
    auto known = windows_.find(same);
    if (known == windows_.end() && windows_.size() < kMostKinds) {
        const bool counted = access.kind == AccessKind::kLogRead;
        if (counted || mayRecord(now)) known = windows_.emplace(std::move(same), fresh).first;
        if (!counted && known != windows_.end()) return note;
    }
    if (known == windows_.end()) {
        known = windows_.try_emplace(together(same), fresh).first;
    }
    known->second.count += access.count;
    return std::nullopt;
}

std::vector<AccessNote> AccessTally::due(MonotonicTime now) {
    std::vector<AccessNote> notes;
    std::map<Same, std::uint64_t> others;
    for (auto entry = windows_.begin(); entry != windows_.end();) {
        auto& [same, window] = *entry;
        if (window.ends_at > now) {
            ++entry;
            continue;
        }
        const AccessKind kind = std::get<AccessKind>(same);
        const std::uint64_t count = std::exchange(window.count, 0);
        if (count == 0) {
            entry = windows_.erase(entry);
            continue;
        }
        if (same != together(same) && mayRecord(now))
            notes.push_back(noteOf(same, count));
        else
            others[together(same)] += count;
        window.ends_at = now + laterWindow(kind);
        ++entry;
    }
    for (const auto& [same, count] : others)
        notes.push_back(noteOf(same, count));
    return notes;
}

std::vector<AccessNote> AccessTally::rest(MonotonicTime now) {
    std::erase_if(windows_, [](const auto& entry) {
        return std::get<AccessKind>(entry.first) == AccessKind::kLogRead;
    });
    for (auto& [same, window] : windows_)
        window.ends_at = now;
    std::vector<AccessNote> notes = due(now);
    windows_.clear();
    return notes;
}

bool AccessTally::mayRecord(MonotonicTime now) {
    if (now >= minute_ends_at_) {
        minute_ends_at_ = now + std::chrono::minutes(1);
        recorded_in_minute_ = 0;
    }
    return recorded_in_minute_ < kMostPerMinute && ++recorded_in_minute_ != 0;
}

/// There are few proven names, and any number of claimed ones.
AccessTally::Same AccessTally::together(const Same& same) {
    const auto& [kind, actor, claimed, target, address] = same;
    return {kind, claimed ? std::string(kEngineActor) : actor, false, {}, {}};
}

AccessNote AccessTally::noteOf(const Same& same, std::uint64_t count) {
    const auto& [kind, actor, claimed, target, address] = same;
    return {actor, {kind, target, address, count}, claimed};
}

}  // namespace waybill::server
