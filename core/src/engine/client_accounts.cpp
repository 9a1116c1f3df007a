#include "engine/client_accounts.h"

#include <algorithm>
#include <utility>

#include "waybill/in_words.h"

namespace waybill {

namespace {

constexpr Duration kDeliveryBurst = std::chrono::seconds(10);
constexpr Duration kAttemptBurst = std::chrono::minutes(1);
/// Nobody knows when a receiver takes what is pending.
constexpr Duration kPendingRest = std::chrono::seconds(5);
/// Those that wait may be due much later, or be cancelled: no longer wait is asked for.
constexpr Duration kLongestWait = std::chrono::minutes(1);

Refusal limited(std::string what, Duration wait) {
    wait =
        std::max<Duration>(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
    return {RefusalCode::kLimited,
            std::move(what) + "; submit again in " + durationInWords(wait),
            {},
            wait};
}

}  // namespace

ClientAccounts::ClientAccounts(const ClientLimits& limits)
    : limits_(limits),
      delivery_rate_(
          Rate::of(limits.deliveries_per_second, std::chrono::seconds(1), kDeliveryBurst)),
      attempt_rate_(Rate::of(limits.attempts_per_minute, std::chrono::minutes(1), kAttemptBurst)),
      limits_anything_(delivery_rate_.limits() || attempt_rate_.limits() ||
                       limits.pending_bytes != 0) {}

std::shared_ptr<ClientAccounts::Account> ClientAccounts::of(const std::string& client) {
    auto& account = accounts_[client];
    if (!account) account = std::make_shared<Account>();
    return account;
}

std::optional<Refusal> ClientAccounts::refuse(const std::string& client, std::uint64_t bytes,
                                              std::size_t held_back, MonotonicTime now) {
    const auto found = accounts_.find(client);
    if (found == accounts_.end()) return std::nullopt;  // it has had nothing
    const Account& account = *found->second;
    if (delivery_rate_.limits() && !account.deliveries.has(delivery_rate_, now)) {
        ++refused_.deliveries;
        return limited("this client has had its deliveries for now (at most " +
                           std::to_string(limits_.deliveries_per_second) + " a second)",
                       account.deliveries.nextAt(delivery_rate_) - now);
    }
    if (attempt_rate_.limits() && (held_back != 0 || !account.attempts.has(attempt_rate_, now))) {
        ++refused_.attempts;
        return limited(
            "this client has had its attempts for now (at most " +
                std::to_string(limits_.attempts_per_minute) +
                " a minute; deliveries that wait for theirs: " + std::to_string(held_back) + ")",
            waitForAttempt(account, held_back, now));
    }
    const std::uint64_t most = limits_.pending_bytes;
    const std::uint64_t pending = account.pending_bytes;
    if (most != 0 && pending != 0 && (pending > most || bytes > most - pending)) {
        ++refused_.pending_bytes;
        return limited("this client has payloads of " + std::to_string(pending) +
                           " bytes pending (at most " + std::to_string(most) +
                           "), and this one has " + std::to_string(bytes) + " more",
                       kPendingRest);
    }
    return std::nullopt;
}

/// Those that wait come first.
Duration ClientAccounts::waitForAttempt(const Account& account, std::size_t held_back,
                                        MonotonicTime now) const {
    const auto others =
        static_cast<std::int64_t>(std::min<std::size_t>(held_back, limits_.attempts_per_minute));
    const auto for_others = std::chrono::ceil<Duration>(attempt_rate_.interval * others);
    return std::clamp<Duration>(account.attempts.nextAt(attempt_rate_) - now, for_others,
                                kLongestWait);
}

void ClientAccounts::accepted(const std::string& client, MonotonicTime now) {
    if (delivery_rate_.limits()) of(client)->deliveries.take(delivery_rate_, now);
}

void ClientAccounts::opened(const std::string& client, std::uint64_t bytes) {
    of(client)->pending_bytes += bytes;
}

void ClientAccounts::closed(const std::string& client, std::uint64_t bytes) {
    const auto found = accounts_.find(client);
    if (found == accounts_.end()) return;
    found->second->pending_bytes -= std::min(found->second->pending_bytes, bytes);
}

void ClientAccounts::forgetPending() {
    for (auto& [client, account] : accounts_)
        account->pending_bytes = 0;
}

void ClientAccounts::forgetResting(MonotonicTime now) {
    std::erase_if(accounts_, [now](const auto& entry) {
        const auto& account = entry.second;
        return account.use_count() == 1 && account->pending_bytes == 0 &&
               account->deliveries.isFull(now) && account->attempts.isFull(now);
    });
}

}  // namespace waybill
