// What each client has had of what it may have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/token_bucket.h"
#include "waybill/engine.h"
#include "waybill/result.h"

namespace waybill {

/// Keeps ClientLimits, by the client's name. Pure bookkeeping on a monotonic clock; one thread.
/// A client that has nothing pending and has used nothing lately is forgotten, so there are no more
/// of them than have something under way, or had in the last two minutes.
class ClientAccounts {
public:
    struct Account {
        TokenBucket deliveries{};
        TokenBucket attempts{};
        std::uint64_t pending_bytes = 0;
    };

    explicit ClientAccounts(const ClientLimits& limits);

    /// Whether there is anything to be kept.
    bool limits() const { return limits_anything_; }
    bool limitsBytes() const { return limits_.pending_bytes != 0; }
    const Rate& attemptRate() const { return attempt_rate_; }

    /// Lives as long as somebody has it, or it says something.
    std::shared_ptr<Account> of(const std::string& client);

    /// Why a submission of `bytes` is not accepted now, which is counted; nothing: it may be.
    /// `held_back`: how many attempts of this client wait for its rate.
    std::optional<Refusal> refuse(const std::string& client, std::uint64_t bytes,
                                  std::size_t held_back, MonotonicTime now);
    /// A delivery was accepted, for whatever reason.
    void accepted(const std::string& client, MonotonicTime now);

    /// A delivery with so many bytes of payload is pending from now on, or no longer.
    void opened(const std::string& client, std::uint64_t bytes);
    void closed(const std::string& client, std::uint64_t bytes);
    /// Nothing is pending, as far as is known: the log is read again.
    void forgetPending();

    void forgetResting(MonotonicTime now);

    const ClientRefusals& refused() const { return refused_; }
    std::size_t size() const { return accounts_.size(); }

private:
    Duration waitForAttempt(const Account& account, std::size_t held_back, MonotonicTime now) const;

    const ClientLimits limits_;
    const Rate delivery_rate_;
    const Rate attempt_rate_;
    const bool limits_anything_;
    std::unordered_map<std::string, std::shared_ptr<Account>> accounts_;
    ClientRefusals refused_{};
};

}  // namespace waybill
