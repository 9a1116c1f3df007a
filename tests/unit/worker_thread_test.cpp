// Does no exception leave a thread, and is it told what was thrown?
#include "waybill/worker_thread.h"

#include <Poco/Exception.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace waybill {
namespace {

TEST(WorkerThread, SurvivesWhateverItsBodyThrows) {
    const std::vector<std::pair<std::function<void()>, std::string>> cases = {
        {[] { throw std::runtime_error("no disk"); }, "name: no disk"},
        {[] { throw Poco::IOException("no disk"); }, "name: I/O error: no disk"},
        {[] { throw std::bad_alloc(); }, "name: std::bad_alloc"},
        {[] { throw 7; }, "name: an exception of unknown type"},
        {[] {}, ""}};
    for (const auto& [body, expected] : cases) {
        std::string told;
        startWorkerThread("name", body, [&](const std::string& problem) { told = problem; }).join();
        EXPECT_EQ(told, expected);
        startWorkerThread("name", body).join();  // nobody to tell
    }
}

TEST(WorkerThread, AReportThatThrowsIsSurvivedToo) {
    startWorkerThread(
        "name", [] { throw 7; }, [](const std::string&) { throw std::bad_alloc(); })
        .join();
}

TEST(WorkerThread, AStepThatThrowsIsOnlyThatStep) {
    std::string told;
    const ProblemReport report = [&](const std::string& problem) { told += problem + ";"; };
    int steps = 0;
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(contained(report, "step " + std::to_string(i),
                            [&] {
                                if (i == 1) throw std::runtime_error("bad");
                                ++steps;
                            }),
                  i != 1);
    EXPECT_EQ(steps, 2);
    EXPECT_EQ(told, "step 1: bad;");
}

}  // namespace
}  // namespace waybill
