// Does every background run end on record, whatever its backend does?
#include "llm/background_runner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "support/fake_transport.h"
#include "support/memory_log.h"
#include "support/open_deliveries.h"

namespace waybill::server {
namespace {

using namespace std::chrono_literals;

/// A backend in which nothing works.
class ThrowingBackend final : public Backend {
public:
    std::unique_ptr<BackendReply> create(BackendCall) override {
        if (odd_) throw 7;
        throw std::bad_alloc();
    }
    bool hasMoreRoutes() const override { return false; }
    std::unique_ptr<BackendReply> pass(PassedCall) override { return nullptr; }
    bool wantsClientKey() const override { return false; }
    void cancel() override {}

    bool odd_ = false;
};

class BackgroundRunnerTest : public testing::Test {
protected:
    BackgroundRunnerTest()
        : null_(::open("/dev/null", O_WRONLY)),
          stderr_(null_, LogLevel::kError, LogFormat::kText),
          engine_(log_, transport_, options()),
          recorder_(engine_, stderr_),
          runner_(backend_, recorder_, stderr_, {.workers = 1}) {
        engine_.start();
    }
    ~BackgroundRunnerTest() override { ::close(null_); }

    static EngineOptions options() {
        EngineOptions options;
        options.address_policy.allow("loopback");
        return options;
    }

    BackgroundJob begun(const StreamId& id) {
        ResponseCreation creation;
        creation.id = id;
        creation.created.kind = "response";
        creation.created.client = "c";
        creation.created.background = true;
        EXPECT_TRUE(recorder_.begin(std::move(creation)).ok());
        BackgroundJob job;
        job.call.id = id;
        job.queued_object = R"({"id":")" + id + R"(","status":"queued","error":null})";
        job.request.callback.destination = Destination{"http://127.0.0.1:8/", ""};
        return job;
    }

    /// The object of a response that is over; empty when it is not in time.
    std::string objectOf(const StreamId& id) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < deadline) {
            const auto events = log_.readStream(id);
            if (!events.empty() && std::holds_alternative<ResponseCompleted>(events.back().event)) {
                const Bytes object = log_.readPayload(events.back().global_position);
                return object ? *object : "none";
            }
            std::this_thread::yield();
        }
        return {};
    }

    int null_;
    LogWriter stderr_;
    test::MemoryLog log_;
    test::FakeTransport transport_;
    ThrowingBackend backend_;
    Engine engine_;
    ResponseRecorder recorder_;
    BackgroundRunner runner_;
};

TEST_F(BackgroundRunnerTest, ARunThatThrowsFailsOnRecordAndTheNextOneIsTaken) {
    for (const StreamId id : {"resp_1", "resp_2"}) {
        BackgroundJob job = begun(id);
        ASSERT_TRUE(runner_.reserve(BackgroundRunner::sizeOf(job)));
        runner_.run(std::move(job));
        const std::string object = objectOf(id);
        EXPECT_NE(object.find(R"("status":"failed")"), std::string::npos) << object;
        EXPECT_NE(object.find("Something went wrong"), std::string::npos) << object;
        backend_.odd_ = true;
    }
    EXPECT_EQ(test::openDeliveries(log_).size(), 2U);  // both are called back
}

TEST_F(BackgroundRunnerTest, ACallThatIsLeftOpenHasFailedOnRecord) {
    begun("resp_1");
    begun("resp_2");
    {
        OpenCall left(recorder_, "resp_1");
        OpenCall moved = std::move(left);
        EXPECT_TRUE(moved);
        EXPECT_FALSE(left);
        OpenCall ended(recorder_, "resp_2");
        ResponseCompletion completion;
        completion.id = completion.object_id = "resp_2";
        completion.status = "completed";
        completion.object = makeBytes("{}");
        EXPECT_TRUE(ended.finish(std::move(completion)));
        OpenCall none;
        EXPECT_FALSE(none.finish({}));
    }
    const auto events = log_.readStream("resp_1");
    const auto* failed = std::get_if<ResponseCompleted>(&events.back().event);
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->status, "error");
    EXPECT_EQ(objectOf("resp_2"), "{}");
}

}  // namespace
}  // namespace waybill::server
