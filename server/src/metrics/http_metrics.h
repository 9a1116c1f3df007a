// How requests were answered.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "waybill/server/http_message.h"

namespace waybill::server {

/// What a request was about; a label of the metrics, of which there is a fixed number.
enum class RouteClass {
    kCreate,      ///< POST to one of the three create calls
    kResponses,   ///< stored responses
    kDeliveries,  ///< `/v1/deliveries`
    kPassed,      ///< what else is below `/v1`
    kOperator,    ///< `/admin/v1`
    kMonitoring,  ///< health, metrics, description
    kOther        ///< any other path, or none: what cannot be read, who is turned away
};

/// Counts answers by route class and first digit of the status. Any thread; costs an atomic
/// addition.
class HttpMetrics {
public:
    static constexpr std::size_t kClasses = static_cast<std::size_t>(RouteClass::kOther) + 1;
    static constexpr std::size_t kStatuses = 5;  ///< 1xx to 5xx

    void answered(const HttpRequest& request, int status) noexcept;

    /// A callback came back as a request, and was refused.
    void loopCut() noexcept { loops_cut_.fetch_add(1, std::memory_order_relaxed); }

    std::uint64_t loopsCut() const noexcept { return loops_cut_.load(std::memory_order_relaxed); }

    std::uint64_t count(std::size_t route_class, std::size_t status) const noexcept {
        return counts_[route_class][status].load(std::memory_order_relaxed);
    }

private:
    std::array<std::array<std::atomic<std::uint64_t>, kStatuses>, kClasses> counts_{};
    std::atomic<std::uint64_t> loops_cut_{0};
};

RouteClass routeClassOf(std::string_view method, std::string_view path) noexcept;
std::string_view toString(RouteClass route_class) noexcept;

}  // namespace waybill::server
