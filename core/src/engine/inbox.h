// Where commands and outcomes wait for the engine's thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/command.h"
#include "waybill/time.h"

namespace waybill {

/// Bounded for commands, by number and by the bytes of their payloads; outcomes are never refused
/// (there are at most as many as attempts on the wire). Where it is shared by clients, submissions
/// of one get half of either. Any thread puts, one takes. Held by shared_ptr: an outcome may come
/// after the engine is gone.
class Inbox {
public:
    explicit Inbox(std::size_t max_commands, std::size_t max_bytes = SIZE_MAX, bool shared = false)
        : max_commands_(max_commands), max_bytes_(max_bytes), shared_(shared) {}

    /// `kShareFull`: its client's half is used up.
    enum class Offer { kTaken, kFull, kShareFull, kClosed };

    /// Moves from `command` only when it is taken.
    Offer offer(Command& command);
    /// For the few that must not be refused; nothing after `close`.
    void push(Command command);
    void push(Outcome outcome);
    /// So many outcomes can come without that memory is needed for it.
    void makeRoom(std::size_t outcomes);

    struct Contents {
        std::vector<std::unique_ptr<Command>> commands;  ///< none is null
        std::vector<Outcome> outcomes;
        bool empty() const { return commands.empty() && outcomes.empty(); }
        void clear();  ///< but for its memory
    };

    /// All outcomes, and commands up to `max_commands` and `max_bytes` of payloads (but one in any
    /// case), without waiting, instead of what `contents` held. Its memory goes round: take into
    /// the same one again and again.
    void take(std::size_t max_commands, std::size_t max_bytes, Contents& contents);

    /// Until something is there, `wake` was called since the last wait, or `deadline`.
    void wait(MonotonicTime deadline);
    void wake();

    /// Refuses commands from now on; outcomes still come.
    void close();
    /// Commands and outcomes.
    std::size_t waiting() const;
    /// How often `kShareFull` was said.
    std::uint64_t refusedShares() const;

private:
    struct Load {
        std::size_t commands = 0;
        std::size_t bytes = 0;  ///< of payloads
    };
    using Shares = std::unordered_map<std::string, Load>;
    struct Waiting {
        std::unique_ptr<Command> command;  ///< large, and moved twice
        std::size_t bytes = 0;
        Shares::value_type* share = nullptr;  ///< that it counts in; nodes do not move
    };

    Offer put(std::unique_ptr<Command>& command, std::size_t bytes);
    void release(const Waiting& waiting);

    const std::size_t max_commands_;
    const std::size_t max_bytes_;
    const bool shared_;
    mutable std::mutex mutex_;
    std::condition_variable stirred_;
    std::deque<Waiting> commands_;
    std::size_t bytes_ = 0;  ///< of payloads in `commands_`
    Shares shares_;          ///< of clients whose submissions wait
    std::uint64_t refused_shares_ = 0;
    std::vector<Outcome> outcomes_;
    bool woken_ = false;
    bool closed_ = false;
    bool sleeping_ = false;
};

}  // namespace waybill
