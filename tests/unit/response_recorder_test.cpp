// Does the API outlive the log?
#include "llm/response_recorder.h"

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
using test::AppendFault;

class RecorderTest : public testing::Test {
protected:
    RecorderTest()
        : null_(::open("/dev/null", O_WRONLY)),
          stderr_(null_, LogLevel::kError, LogFormat::kText),
          engine_(log_, transport_, options()),
          recorder_(engine_, stderr_) {
        engine_.start();
    }
    ~RecorderTest() override { ::close(null_); }

    static EngineOptions options() {
        EngineOptions options;
        options.address_policy.allow("loopback");
        return options;
    }

    static ResponseCreation creation() {
        ResponseCreation creation;
        creation.id = "resp_1";
        creation.created.kind = "response";
        creation.created.client = "c";
        return creation;
    }

    static ResponseCompletion completion() {
        ResponseCompletion completion;
        completion.id = "resp_1";
        completion.object_id = "resp_1";
        completion.status = "completed";
        completion.object = makeBytes("{}");
        completion.callback = Destination{"http://127.0.0.1:8/", ""};
        return completion;
    }

    bool eventually(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds() && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        return holds();
    }

    int null_;
    LogWriter stderr_;
    test::MemoryLog log_;
    test::FakeTransport transport_;
    Engine engine_;
    ResponseRecorder recorder_;
};

TEST_F(RecorderTest, BeginningAndEndAreRecorded) {
    EXPECT_TRUE(*recorder_.begin(creation()));
    EXPECT_TRUE(recorder_.finish(completion()));
    EXPECT_EQ(log_.readStream("resp_1").size(), 2U);
}

TEST_F(RecorderTest, ABeginningTheLogCannotTakeIsNoRefusal) {
    log_.failNextAppend(AppendFault::kUnavailable);
    const Result<bool> begun = recorder_.begin(creation());
    ASSERT_TRUE(begun.ok());
    EXPECT_FALSE(*begun);
    EXPECT_TRUE(log_.readStream("resp_1").empty());
}

TEST_F(RecorderTest, AnIdTwiceIsARefusal) {
    EXPECT_TRUE(*recorder_.begin(creation()));
    EXPECT_FALSE(recorder_.begin(creation()).ok());
}

TEST_F(RecorderTest, AnEndTheLogCannotTakeIsRecordedWhenItIsBack) {
    EXPECT_TRUE(*recorder_.begin(creation()));
    log_.failNextReopens(1);
    log_.failNextAppend(AppendFault::kIndeterminateLost);
    EXPECT_FALSE(recorder_.finish(completion()));
    EXPECT_TRUE(eventually([&] { return transport_.sent() == 1; }));
    EXPECT_EQ(log_.readStream("resp_1").size(), 2U);
}

TEST_F(RecorderTest, AnEndThatSurvivedTheFailureIsNotRecordedTwice) {
    EXPECT_TRUE(*recorder_.begin(creation()));
    log_.failNextAppend(AppendFault::kIndeterminateKept);
    EXPECT_FALSE(recorder_.finish(completion()));
    EXPECT_TRUE(eventually([&] { return transport_.sent() == 1; }));
    EXPECT_EQ(log_.readStream("resp_1").size(), 2U);
    EXPECT_EQ(test::openDeliveries(log_).size(), 1U);
}

}  // namespace
}  // namespace waybill::server
