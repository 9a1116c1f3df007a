// What goes wrong on the transport's threads and is survived.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/limited_report.h"
#include "waybill/worker_thread.h"

namespace waybill::http {

/// What a Transport::Completion throws is reported as of this.
inline constexpr std::string_view kCompletion = "the host's completion callback";

/// Told by all threads of one transport; see HttpTransportOptions::on_problem. Any thread.
class Problems {
public:
    explicit Problems(ProblemReport report) : report_(limitedReport(std::move(report))) {}

    const ProblemReport& report() const { return report_; }

    /// Calls something of the host's, named by `whose`: what it throws goes no further, is reported
    /// and counted. False when it threw.
    template <typename Call>
    bool callHost(std::string_view whose, Call&& call) noexcept {
        if (contained(report_, whose, std::forward<Call>(call))) return true;
        countHostException();
        return false;
    }

    void countHostException() noexcept { host_exceptions_.fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t hostExceptions() const noexcept {
        return host_exceptions_.load(std::memory_order_relaxed);
    }

private:
    const ProblemReport report_;
    std::atomic<std::uint64_t> host_exceptions_ = 0;
};

}  // namespace waybill::http
