// The whole ring over days of virtual time, through crashes, power cuts and failing disks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine_loop.h"
#include "index/follower.h"
#include "simulation/crash_disk.h"
#include "simulation/receivers.h"
#include "simulation/witness.h"
#include "support/faulty_log.h"
#include "support/temporary_directory.h"
#include "support/virtual_clock.h"

namespace waybill::test {

/// A promise that is broken on purpose, to see that the simulation finds it.
enum class Breakage {
    kNone,
    kWalIsNotSynced,            ///< the disk lies about the write-ahead log
    kDatabaseIsNotSynced,       ///< the disk lies about the database, when a checkpoint syncs it
    kIndexIsNotSynced,          ///< … and about the index beside the log
    kOpenAttemptsAreForgotten,  ///< a start does not see what was on the wire
    kCountsAreForgotten,        ///< nor how many attempts a round has had
    kDueTimesAreForgotten,      ///< nor when the next one is due
    kIdempotencyKeysAreForgotten,
    kRequestsAreSentTwice,
    kSuccessIsInvented,  ///< of what never arrived
    kRepliesAreDropped,
    kRepliesAreRepeated,
    kOutcomesAreDropped,        ///< between the wire and the ring
    kOutcomesAreCalledUnknown,  ///< on their way into the log
    kBudgetIsIgnored,           ///< of payloads in memory
    kOtherBytesAreRead          ///< than were stored, and nobody notices
};

struct SimulationReport {
    std::uint64_t kills = 0;
    std::uint64_t power_cuts = 0;
    std::uint64_t failures = 0;     ///< of the disk, with the process going on
    std::uint64_t faults = 0;       ///< exceptions out of the log that it could not foresee
    std::uint64_t host_faults = 0;  ///< exceptions out of the host's code
    std::uint64_t deliveries = 0;
    std::uint64_t requests = 0;             ///< that reached a receiver
    Digest head{};                          ///< of the log at the end: the same for the same seed
    std::vector<std::string> violations{};  ///< empty: every promise was kept
};

/// One world, from its seed: clients that submit, and ask again when they got no answer; an
/// operator who cancels, pauses and re-delivers; receivers with habits; an engine on a real SQLite
/// log, with the index beside it, on a CrashDisk. It crashes again and again; calls of the log and
/// of the host's code throw, bytes beside the log are damaged, the wall clock is a day behind at a
/// start. Then all is well, and at the end every promise is looked at; those of a Witness all the
/// time. One thread, no real time: the same seed gives the same world.
class Simulation {
public:
    explicit Simulation(std::uint64_t seed, Breakage breakage = Breakage::kNone);
    ~Simulation();

    SimulationReport run();

private:
    class Wire;
    /// A client's wish for one delivery, repeated until it is answered.
    struct Order {
        std::uint64_t number = 0;
        Submission submission{};
        std::optional<StreamId> accepted{};
    };
    struct Appointment {
        std::uint64_t life = 0;  ///< in which it holds
        std::function<void()> action{};
        bool is_outcome = false;  ///< of an attempt, which may come too late
    };

    // lives
    bool beginLife();
    void live(Duration time);
    MonotonicTime turn();
    void endLife();
    void endInGoodOrder();
    void settle();
    bool nothingLeft();

    // the world outside
    void actAsClient();
    void submit(Order& order);
    void completeResponse();
    void actAsOperator();
    void index();
    void setPaused(const std::string& endpoint, bool paused);
    void send(AttemptRequest request, Transport::Completion done);
    void at(MonotonicTime time, std::function<void()> action, bool is_outcome = false);
    template <typename Concrete>
    void put(Concrete concrete);
    template <typename T>
    Engine::Reply<T> reply(const char* what, std::function<void(const Result<T>&)> then = {},
                           bool may_wait = false);
    std::string salt();

    // what goes wrong
    void throwNowAndThen();
    void damageBytes();
    void setTheClockBack();
    void setTheClockRight();
    void hostThrowsNowAndThen();

    // what must hold
    void checkWhatWasFound();
    void checkTheEnd();
    void violation(const std::string& what);

    const Breakage breakage_;
    Chance chance_;
    SeededEntropy entropy_;
    TemporaryDirectory directory_;
    CrashDisk disk_;
    VirtualClock clock_;
    Receivers receivers_;
    EngineOptions options_;
    const bool clock_is_set_;  ///< somebody sets the wall clock now and then, in half of the worlds
    std::unique_ptr<Wire> wire_;
    bool all_is_well_ = false;
    Duration clock_is_behind_{};  ///< by what somebody will set it right

    // what dies with the process
    std::unique_ptr<FaultyLog> log_;
    std::unique_ptr<Witness> witness_;
    std::shared_ptr<Inbox> inbox_;
    std::unique_ptr<EngineLoop> loop_;
    std::unique_ptr<sqlite::index::Follower> follower_;
    std::set<StreamId> on_wire_;

    // what outlives it
    std::uint64_t life_ = 0;
    std::multimap<MonotonicTime, Appointment> agenda_;
    std::vector<std::unique_ptr<Order>> orders_;
    std::vector<StreamId> acknowledged_;  ///< deliveries
    std::vector<StreamId> responses_;
    std::vector<Digest> seen_;  ///< hashes of the events that somebody has been shown
    SimulationReport report_;
};

}  // namespace waybill::test
