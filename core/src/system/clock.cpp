#include "waybill/clock.h"

namespace waybill {

namespace {

class SystemClock final : public Clock {
public:
    Instant now() override {
        return {std::chrono::floor<Duration>(std::chrono::system_clock::now()),
                std::chrono::floor<Duration>(std::chrono::steady_clock::now())};
    }
};

}  // namespace

Clock& systemClock() {
    static SystemClock clock;
    return clock;
}

}  // namespace waybill
