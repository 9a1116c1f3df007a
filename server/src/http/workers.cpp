#include "http/workers.h"

#include <Poco/Runnable.h>

#include <utility>

namespace waybill::server {
namespace {

// Address space, not memory: a thread touches about 20 KiB of it.
constexpr int kStackBytes = 512 * 1024;

constexpr int kIdleThreadSeconds = 60;

/// Deletes itself at the end.
class Job : public Poco::Runnable {
public:
    Job(std::unique_ptr<Connection> connection, std::shared_ptr<Mailbox> back)
        : connection_(std::move(connection)), back_(std::move(back)) {}

    void run() override {
        const std::unique_ptr<Job> self(this);
        if (connection_->serve()) back_->post(Arrival{std::move(connection_)});
    }

private:
    std::unique_ptr<Connection> connection_;
    std::shared_ptr<Mailbox> back_;
};

}  // namespace

// A few threads more than connections: the end of one may overlap the start of another.
Workers::Workers(std::uint32_t most_connections)
    : threads_(2, static_cast<int>(most_connections) + 16, kIdleThreadSeconds, kStackBytes) {}

void Workers::serve(std::unique_ptr<Connection> connection, std::shared_ptr<Mailbox> back) {
    auto job = std::make_unique<Job>(std::move(connection), std::move(back));
    threads_.start(*job);
    job.release();  // its thread has it now
}

}  // namespace waybill::server
