// Wrong credentials, counted by where they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "waybill/time.h"

namespace waybill::server {

/// Counts credentials that were wrong or missing, per client network (access_trail.h) and minute.
/// One that comes after `most_per_minute` others is told to wait: 1 s, then 2, 4 … up to 60 s. A
/// right credential is never counted nor held back, so that who guesses locks nobody out; what
/// keeps guessing hopeless is the length of a token, and this keeps it from being cheap and quiet.
/// Remembers a bounded number of networks; the rest count as one. Any thread.
class FailedLogins {
public:
    static constexpr std::size_t kMostNetworks = 4096;

    /// 0: nobody is told to wait.
    explicit FailedLogins(std::uint32_t most_per_minute) : most_per_minute_(most_per_minute) {}

    /// How long the client must wait; nothing: it may try again at once.
    std::optional<Duration> failed(const std::string& network, MonotonicTime now);

private:
    struct Minute {
        MonotonicTime ends_at{};
        std::uint32_t count = 0;
    };

    const std::uint32_t most_per_minute_;
    std::mutex mutex_;
    std::unordered_map<std::string, Minute> networks_;
    MonotonicTime swept_at_{};
};

}  // namespace waybill::server
