// How much of the processor a frame takes, on a screen where nothing moves.
#include <ctime>

#include "screen.h"

namespace waybill::gui {
namespace {

/// Of this thread.
double cpuMilliseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

class FrameTime : public ::testing::TestWithParam<const char*> {};

TEST_P(FrameTime, IsFarBelowWhatADisplayWaitsFor) {
    ScreenOptions options;
    options.view = GetParam();
    options.probe = false;
    Screen screen(options);
    constexpr int kFrames = 200;
    const double began = cpuMilliseconds();
    screen.frames(kFrames);
    const double each = (cpuMilliseconds() - began) / kFrames;
    std::printf("%-10s %.3f ms a frame\n", GetParam(), each);
    // The goal is 0.5 ms; what fails here is a mistake, not a busy machine.
    EXPECT_LT(each, 5);
}

INSTANTIATE_TEST_SUITE_P(Views, FrameTime,
                         ::testing::Values("overview", "deliveries", "endpoints", "tail", "events",
                                           "settings"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace waybill::gui
