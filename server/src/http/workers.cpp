#include "http/workers.h"

#include <Poco/Runnable.h>
#include <pthread.h>

#include <chrono>
#include <utility>

namespace waybill::server {
namespace {

// Address space, not memory: a thread touches about 20 KiB of it.
constexpr int kStackBytes = 512 * 1024;

constexpr int kIdleThreadSeconds = 60;

constexpr int kMostTurnedAway = 16;
constexpr auto kTurnAwayPatience = std::chrono::seconds(2);
constexpr auto kTurnAwayQuiet = std::chrono::milliseconds(500);

/// Lets the client finish its handshake and begin its request, and answers that.
void answerAndEnd(Channel& channel, std::string_view answer) {
    constexpr std::size_t kDroppedBytes = 16 * 1024;
    const Deadline deadline = std::chrono::steady_clock::now() + kTurnAwayPatience;
    std::string dropped;
    if (channel.read(dropped, kDroppedBytes, deadline) != Channel::Status::kOk) return;
    if (channel.write(answer, deadline) != Channel::Status::kOk) return;
    channel.finish(kTurnAwayQuiet, deadline);
}

}  // namespace

/// Deletes itself at the end.
class Workers::Job : public Poco::Runnable {
public:
    Job(const ProblemReport& on_problem, std::function<void()> work)
        : on_problem_(on_problem), work_(std::move(work)) {}

    void run() override {
        const std::unique_ptr<Job> self(this);
        ::pthread_setname_np(::pthread_self(), "waybill-serve");
        contained(on_problem_, "a connection ends", work_);
    }

private:
    const ProblemReport& on_problem_;
    const std::function<void()> work_;
};

// Poco's pool, for its idle threads; they are as those of startWorkerThread: their signals are
// blocked, since only such threads of ours start them, and a job contains what is thrown. A few
// threads more than connections: the end of one may overlap the start of another.
Workers::Workers(std::uint32_t most_connections, ProblemReport on_problem)
    : on_problem_(std::move(on_problem)),
      threads_(2, static_cast<int>(most_connections) + 16 + kMostTurnedAway, kIdleThreadSeconds,
               kStackBytes) {}

void Workers::start(std::unique_ptr<Job> job) {
    threads_.start(*job);
    job.release();  // its thread has it now
}

void Workers::serve(std::unique_ptr<Connection> connection, std::shared_ptr<Mailbox> back) {
    // A function can be copied; the connection cannot.
    auto shared = std::make_shared<std::unique_ptr<Connection>>(std::move(connection));
    start(std::make_unique<Job>(on_problem_, [shared, back = std::move(back)] {
        if ((*shared)->serve()) back->post(Arrival{std::move(*shared)});
    }));
}

void Workers::turnAway(Poco::Net::StreamSocket socket, const Poco::Net::Context::Ptr& tls,
                       std::string answer) {
    // Counts until the last copy of the job is gone, however it ends.
    ++turned_away_;
    const std::shared_ptr<void> place(&turned_away_, [](std::atomic<int>* count) { --*count; });
    if (turned_away_ > kMostTurnedAway) return;
    start(std::make_unique<Job>(on_problem_, [socket, tls, place, answer = std::move(answer)] {
        Channel channel(socket, tls);
        answerAndEnd(channel, answer);
    }));
}

}  // namespace waybill::server
