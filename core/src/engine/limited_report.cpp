#include "engine/limited_report.h"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace waybill {

namespace {

constexpr auto kInterval = std::chrono::seconds(1);
constexpr std::size_t kMostCauses = 64;

class Limiter {
public:
    explicit Limiter(ProblemReport report) : report_(std::move(report)) {}

    void tell(const std::string& problem) {
        std::uint64_t left_out = 0;
        {
            const std::lock_guard lock(mutex_);
            const auto now = std::chrono::steady_clock::now();
            if (causes_.size() >= kMostCauses) causes_.clear();
            const auto [cause, is_new] = causes_.try_emplace(problem.substr(0, problem.find(':')));
            if (!is_new && now - cause->second.told_at < kInterval) {
                ++cause->second.left_out;
                return;
            }
            cause->second.told_at = now;
            left_out = std::exchange(cause->second.left_out, 0);
        }
        report_(left_out == 0 ? problem
                              : problem + " (and " + std::to_string(left_out) +
                                    " more of this kind since the last report)");
    }

private:
    struct Cause {
        std::chrono::steady_clock::time_point told_at;
        std::uint64_t left_out = 0;
    };

    const ProblemReport report_;
    std::mutex mutex_;
    std::map<std::string, Cause> causes_;
};

}  // namespace

ProblemReport limitedReport(ProblemReport report) {
    if (!report) return nullptr;
    return [limiter = std::make_shared<Limiter>(std::move(report))](const std::string& problem) {
        limiter->tell(problem);
    };
}

}  // namespace waybill
