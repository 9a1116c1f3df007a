// Figures of each endpoint as operators see them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "figures/waiting.h"
#include "figures/window.h"
#include "waybill/endpoint.h"
#include "waybill/operator_views.h"

namespace waybill::sqlite::figures {

/// What is known of one endpoint.
struct EndpointFigures {
    Figures total{};
    std::vector<HealthStep> history{};
    Streak streak{};
    Waiting waiting{};
    EndpointState pause{};
};

class EndpointReport {
public:
    explicit EndpointReport(const Window& window) : window_(window) {}

    const Window& window() const { return window_; }

    /// What lies outside of the window is passed over.
    void add(const std::string& endpoint, Minute minute, const Figures& figures);
    EndpointFigures& of(const std::string& endpoint) { return endpoints_[endpoint]; }
    /// Null for one that nothing was told of.
    EndpointFigures* find(const std::string& endpoint) {
        const auto found = endpoints_.find(endpoint);
        return found == endpoints_.end() ? nullptr : &found->second;
    }

    /// `all`: paused too, by the pause of `*`. Without the last error in words.
    EndpointView viewOf(const std::string& endpoint, const EndpointState& all) const;

    /// Worst first: failing, paused, degraded, healthy, idle; then by the share of failures, then
    /// by what waits. Endpoints with neither figures nor anything waiting nor a pause are left out.
    std::vector<EndpointView> views(const EndpointState& all, std::size_t most) const;

private:
    Window window_;
    std::map<std::string, EndpointFigures> endpoints_;
};

}  // namespace waybill::sqlite::figures
